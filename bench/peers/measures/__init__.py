"""The measures, in the order in which they are taken."""

from .capture import BIG, SMALL
from .crowd import FEW, MANY, MOST, NONE
from .exits import EXITS
from .faults import ADOPTION, DISK, ESCAPES, KILLED
from .queue import QUEUE
from .restart import RESTART

ALL = (NONE, FEW, MANY, MOST, RESTART, EXITS, BIG, SMALL, ESCAPES, KILLED, DISK, ADOPTION, QUEUE)

"""Hob and its peers, in the order of the tables."""

from .circus import Circus
from .hob import Hob
from .nq import Nq
from .pitchfork import Pitchfork
from .pm2 import Pm2
from .pueue import Pueue
from .runit import Runit
from .s6 import S6
from .supervisord import Supervisord
from .systemd import Systemd
from .task_spooler import TaskSpooler

ALL = (Hob, S6, Runit, Systemd, Supervisord, Circus, Pm2, Pueue, Pitchfork, TaskSpooler, Nq)

export HOB_HOME=/tmp/st/home
B=$1
$B/hob --daemon >/tmp/st/daemon.log 2>&1 &
echo $! > /tmp/st/pid
sleep 1.5

"""notify_socket.py SOCKET LOG: receives what sd_notify(3) sends, as a service manager does, and appends it to LOG: each message a line,
its parts separated by '|'."""
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
with open(sys.argv[2], 'a', encoding='utf-8') as log:
    print('bound', file=log, flush=True)
    while True:
        print(s.recv(4096).decode().strip().replace('\n', '|'), file=log, flush=True)

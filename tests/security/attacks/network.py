"""Reaching anything over a socket. Only the world's own sockets on this machine are ever addressed."""

from __future__ import annotations

from tests.security.attack import attack, family

ATTACKS = family(
    "network",
    [
        attack(
            "tcp",
            "connect to a TCP port of this machine",
            "socket.create_connection(('127.0.0.1', W['ports']['tcp']), 3).sendall(b'hello')",
        ),
        attack(
            "tcp_child",
            "connect from a program started by the shell",
            """
            port = W["ports"]["tcp"]
            !{sys.executable} -c "import socket; socket.create_connection(('127.0.0.1', {port}), 3)"
            """,
        ),
        attack(
            "tcp6",
            "connect over IPv6",
            "socket.create_connection(('::1', W['ports']['tcp6']), 3)",
        ),
        attack(
            "udp",
            "send a datagram",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hello', ('127.0.0.1', W['ports']['udp']))",
        ),
        attack(
            "fast_open",
            "connect without connect(), by sendto with TCP fast open",
            """
            door = socket.socket()
            door.settimeout(3)
            door.sendto(b"hello", 0x20000000, ("127.0.0.1", W["ports"]["tcp"]))
            """,
        ),
        attack(
            "mptcp",
            "connect by multipath TCP, which rules for TCP may forget",
            """
            door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
            door.settimeout(3)
            door.connect(("127.0.0.1", W["ports"]["tcp"]))
            """,
            control="maybe",
        ),
        attack(
            "listen",
            "offer a service on a port of this machine",
            """
            door = socket.socket()
            door.bind(("127.0.0.1", 0))
            door.listen()
            won("a port of this machine can be listened on")
            """,
        ),
        attack(
            "abstract_socket",
            "connect to an abstract unix socket, which no file permission guards",
            "socket.socket(socket.AF_UNIX).connect('\\0' + W['abstract'])",
        ),
        attack(
            "abstract_datagram",
            "send to an abstract unix socket without connecting",
            "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '\\0' + W['abstract'] + 'd')",
        ),
        attack(
            "path_socket",
            "connect to a unix socket in the file system",
            "socket.socket(socket.AF_UNIX).connect(W['socket'])",
        ),
        attack(
            "vsock",
            "reach the hypervisor or this machine over vsock, which no network namespace covers",
            """
            door = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
            won("a vsock socket can be made")
            door.settimeout(2)
            door.connect((1, W["ports"]["vsock"]))
            """,
        ),
        attack(
            "netlink",
            "ask the kernel for the machine's network over netlink",
            """
            door = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            door.bind((0, 0))
            won("a netlink socket can be bound")
            """,
        ),
        attack(
            "raw_packets",
            "listen to all packets of this machine",
            """
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)
            won("packets can be listened to")
            """,
            control="privileged",
        ),
        attack(
            "odd_families",
            "make sockets of rarely used families",
            """
            for number in range(1, 46):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
                    try:
                        if number != socket.AF_UNIX:
                            socket.socket(number, kind).close()
                            won(f"a socket of family {number} can be made")
                    except OSError:
                        pass
            """,
        ),
    ],
)

"""Configuration files of the daemons that run on each node of the network."""

SNMPD = """\
agentAddress udp:{address}:161
exactEngineID {engine_id}
rocommunity {community} 10.99.0.0/24
rwcommunity {operator} {address}
createUser {user} SHA {auth} AES {privacy}
rouser {user} authpriv
sysLocation lab
sysContact nobody
sysServices 78
master agentx
agentXSocket unix:/run/agentx/master
agentXPerms 0770 0770
"""
LLDPD = """\
configure lldp tx-interval 1
configure system hostname {name}
configure system interface pattern eth*,swp*
configure system ip management pattern 10.99.0.*
configure lldp portidsubtype ifname
"""
SSHD = """\
ListenAddress {address}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
"""

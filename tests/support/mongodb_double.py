"""A MongoDB that can be logged in to, and nothing more: OP_MSG, hello and SCRAM by BSON and SCRAM of PyPI (pymongo,
scramp). Written after https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ and
https://github.com/mongodb/specifications/blob/master/source/auth/auth.md; pymongo's client logs in to it in its tests."""
import hashlib
import struct

import bson
from scramp import ScramException, ScramMechanism

FAILED = {"ok": 0.0, "errmsg": "Authentication failed.", "code": 18, "codeName": "AuthenticationFailed"}
ROUNDS = {"SCRAM-SHA-1": 10000, "SCRAM-SHA-256": 15000}


def take_command(connection):
    """Number and document of a message."""
    size, number, _, kind = struct.unpack("<iiii", connection.take(16))
    assert kind == 2013, kind
    body = connection.take(size - 16)
    assert body[4] == 0
    return number, bson.decode(body[5:])


def put_reply(connection, number, reply, document=None):
    document = bson.encode(reply) if document is None else document
    connection.put(struct.pack("<iiiii", 21 + len(document), 7, number, 2013, 0) + b"\0" + document)


class Users:
    """`users`: (database, name) -> (password, mechanisms). `members`: of the replica set that it says it belongs to.
    `changed(name of the command, reply)` may change what is answered."""

    def __init__(self, users, members=(), changed=lambda name, reply: reply):
        self.members, self.changed, self.users = list(members), changed, {}
        for (database, name), (password, mechanisms) in users.items():
            self.users[database, name] = {each: self.kept(each, name, password) for each in mechanisms}

    @staticmethod
    def kept(mechanism, name, password):
        if not mechanism.startswith("SCRAM"):
            return None
        if mechanism == "SCRAM-SHA-1":
            password = hashlib.md5(("%s:mongo:%s" % (name, password)).encode()).hexdigest()
        return ScramMechanism(mechanism).make_auth_info(password, iteration_count=ROUNDS[mechanism])

    def __call__(self, connection):
        if connection.certificate:
            connection.begin_tls()
        server = None
        while True:
            number, command = take_command(connection)
            name = next(iter(command))
            if name in ("saslStart", "saslContinue"):
                try:
                    if name == "saslStart":
                        server = self.begin(command)
                        server.set_client_first(command["payload"].decode())
                        said = server.get_server_first()
                    else:
                        server.set_client_final(command["payload"].decode())
                        said = server.get_server_final()
                    reply = {"ok": 1.0, "conversationId": 1, "done": name == "saslContinue", "payload": said.encode()}
                except (ScramException, KeyError):
                    reply = FAILED
            else:
                reply = self.hello(command) if name == "hello" else {"ok": 1.0}
            reply = self.changed(name, reply)
            if isinstance(reply, bytes):
                put_reply(connection, number, None, reply)
            else:
                put_reply(connection, number, reply)

    def hello(self, command):
        reply = {"isWritablePrimary": True, "maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48_000_000,
                 "maxWriteBatchSize": 100_000, "minWireVersion": 0, "maxWireVersion": 21, "readOnly": False, "ok": 1.0,
                 "topologyVersion": {"processId": bson.ObjectId(), "counter": 0}, "connectionId": 3}
        if self.members:
            reply.update(setName="rs0", hosts=self.members, primary=self.members[0], me=self.members[0])
        if "saslSupportedMechs" in command:
            known = self.users.get(tuple(command["saslSupportedMechs"].split(".", 1)))
            if known:
                reply["saslSupportedMechs"] = list(known)
        return reply

    def begin(self, command):
        def find(name):
            return self.users[command["$db"], name][command["mechanism"]]
        return ScramMechanism(command["mechanism"]).make_server(find)

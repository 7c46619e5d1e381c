"""AWS on loopback: moto over TLS, every signature checked.   moto_double.py CERTIFICATE KEY

moto 5 lets an inactive access key work; AWS refuses it with InvalidClientTokenId (IAM guide, "Manage access keys"), so
that is added here. Prints READY and its port when it listens. Checking begins when /moto-api/reset-auth is told so.
"""
import sys

from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

unchecked = access_control.IAMUserAccessKey.__init__


def checked(self, account_id, partition, access_key_id, headers):
    unchecked(self, account_id, partition, access_key_id, headers)
    for user in iam_backends[account_id][partition].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key_id and key.status == "Inactive":
                raise access_control.CreateAccessKeyFailure(reason="InvalidId")


access_control.IAMUserAccessKey.__init__ = checked

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True,
                     ssl_context=(sys.argv[1], sys.argv[2]))
print("READY", server.server_port, flush=True)
server.serve_forever()

"""Prints, as JSON, what botocore makes of AWS config files: the reference that src/core is compared with.

botocore_dump.py read FOLDER
    FOLDER holds one folder for each case with `config` and `credentials` (either may be missing). The answer maps the
    case's name to `profiles`, `sso_sessions` and `services`, or to `refused`.
botocore_dump.py credentials FOLDER
    The same folders; the answer says for the profiles a and b of each case what gives their credentials, or `refused`.
botocore_dump.py endpoints FILE
    FILE holds a list of cases with `config`, the text of the config file, and `environment`. The answer holds for each
    case the URL and the signing region of an STS and of an IAM request that is made but not sent, or `refused`.
botocore_dump.py paths FILE
    FILE holds a list of environments; the answer holds the paths that botocore opens under each.
"""

import json
import os
import re
import sys
import tempfile

try:
    import botocore.awsrequest
    import botocore.exceptions
    import botocore.session
except ImportError as error:
    sys.exit(f"botocore is needed for this test: {error}")

OUTSIDE = dict(os.environ)
# One for all sessions: each would read the same large files again.
LOADER = botocore.session.Session().get_component("data_loader")


def session(environment):
    os.environ.clear()
    os.environ.update(OUTSIDE | environment)
    fresh = botocore.session.Session()
    fresh.register_component("data_loader", LOADER)
    return fresh


def case_session(folder, environment):
    files = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
    paths = {name: os.path.join(folder, file) for name, file in files.items()}
    return session(paths | environment)


def read_case(folder):
    try:
        config = case_session(folder, {}).full_config
    except botocore.exceptions.ConfigParseError as error:
        return {"refused": str(error)}
    return {kind: config.get(kind, {}) for kind in ("profiles", "sso_sessions", "services")}


def read(folder):
    return {name: read_case(os.path.join(folder, name)) for name in os.listdir(folder)}


def source_of(folder, profile):
    try:
        chain = case_session(folder, {})
        chain.set_config_variable("profile", profile)
        resolver = botocore.credentials.create_credential_resolver(chain)
        for outside in ("container-role", "iam-role", "ec2-credentials-file", "boto-config"):
            resolver.remove(outside)
        # A process would be started; only that it is the one asked matters here.
        for provider in resolver.providers:
            if provider.METHOD == "custom-process":
                provider._retrieve_credentials_using = lambda command: {"access_key": command, "secret_key": "-"}
        found = resolver.load_credentials()
    except botocore.exceptions.BotoCoreError as error:
        return {"refused": type(error).__name__}
    if found is None:
        return {"refused": "no credentials"}
    known = found.method in ("shared-credentials-file", "config-file")
    return {"method": found.method, "key": found.access_key if known else None, "token": found.token if known else None}


def credentials(folder):
    answer = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        answer[name] = {profile: source_of(path, profile) for profile in ("a", "b")}
    return answer


def request_of(caller, service, operation):
    caught = []

    def catch(request, **_):
        caught.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 500, {}, None)

    try:
        client = caller.create_client(service)
        client.meta.events.register(f"before-send.{service}", catch)
        try:
            getattr(client, operation)()
        except Exception:
            # The answer is no answer; but without a request there is something to tell.
            if not caught:
                raise
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", caught[0].headers["Authorization"].decode())
    return {"url": caught[0].url.rstrip("/"), "region": scope.group(1)}


def endpoints(file):
    with open(file, encoding="utf-8") as cases:
        return [endpoints_case(**case) for case in json.load(cases)]


def endpoints_case(config, environment):
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_MAX_ATTEMPTS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config"), "w", encoding="utf-8") as text:
            text.write(config)
        caller = case_session(folder, keys | environment)
        return {
            "sts": request_of(caller, "sts", "get_caller_identity"),
            "iam": request_of(caller, "iam", "list_mfa_devices"),
        }


def paths(file):
    with open(file, encoding="utf-8") as environments:
        return [paths_case(environment) for environment in json.load(environments)]


def paths_case(environment):
    current = session(environment)
    names = (current.get_config_variable(name) for name in ("config_file", "credentials_file"))
    return [os.path.expanduser(os.path.expandvars(name)) for name in names]


MODES = {"read": read, "credentials": credentials, "endpoints": endpoints, "paths": paths}
json.dump(MODES[sys.argv[1]](sys.argv[2]), sys.stdout)

"""Prints, as JSON, what botocore makes of AWS config files: the reference that src/core is compared with.

Usage: botocore_dump.py read FOLDER, where FOLDER holds one folder for each case with `config` and `credentials`
(either may be missing). The answer maps the case's name to `profiles`, `sso_sessions` and `services`, or to `refused`.
"""

import json
import os
import sys

try:
    import botocore.exceptions
    import botocore.session
except ImportError as error:
    sys.exit(f"botocore is needed for this test: {error}")


def read_case(folder):
    os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(folder, "credentials")
    try:
        config = botocore.session.Session().full_config
    except botocore.exceptions.ConfigParseError as error:
        return {"refused": str(error)}
    return {kind: config.get(kind, {}) for kind in ("profiles", "sso_sessions", "services")}


def read(folder):
    return {name: read_case(os.path.join(folder, name)) for name in os.listdir(folder)}


json.dump({"read": read}[sys.argv[1]](*sys.argv[2:]), sys.stdout)

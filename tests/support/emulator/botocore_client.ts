/** A call that the Python SDK makes, and what a man in the middle does to it after it was signed. */
export interface BotocoreCall {
  readonly service: "sts" | "iam";
  readonly operation: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly region?: string;
  readonly credentials: readonly [accessKeyId: string, secretAccessKey: string, sessionToken?: string];
  /** Headers to replace. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Appended to the URL. */
  readonly query?: string;
  /** Replaces the first occurrence of a text in the body by another. */
  readonly body?: readonly [from: string, to: string];
}

/** `code` and `message` of AWS's error, or the answer. */
export interface BotocoreResult {
  readonly code?: string;
  readonly message?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
}

const python = Deno.env.get("AWS_USE_TEST_PYTHON") ?? "python3";

const program = `
import json, sys
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

def run(url, call):
    session = botocore.session.Session()
    client = session.create_client(
        call["service"], endpoint_url=url, region_name=call.get("region", "eu-central-1"),
        aws_access_key_id=call["credentials"][0], aws_secret_access_key=call["credentials"][1],
        aws_session_token=(call["credentials"] + [None])[2], config=Config(retries={"total_max_attempts": 1}))
    def tamper(request, **_):
        for name, value in call.get("headers", {}).items():
            request.headers[name] = value
        request.url += call.get("query", "")
        if "body" in call:
            old, new = (part.encode() for part in call["body"])
            body = request.body if isinstance(request.body, bytes) else request.body.encode()
            assert old in body
            request.body = body.replace(old, new, 1)
    client.meta.events.register("before-send.*.*", tamper)
    try:
        answer = client._make_api_call(call["operation"], call.get("params", {}))
        answer.pop("ResponseMetadata")
        return {"answer": answer}
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}

url, calls = json.load(sys.stdin)
json.dump([run(url, call) for call in calls], sys.stdout, default=str)
`;

/** Whether the Python of AWS_USE_TEST_PYTHON (python3 unless set) has botocore. */
export function hasBotocore(): boolean {
  try {
    return new Deno.Command(python, { args: ["-c", "import botocore"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** The results of `calls`, made one after the other by botocore: an AWS client that is not ours. */
export async function callWithBotocore(url: string, calls: readonly BotocoreCall[]): Promise<BotocoreResult[]> {
  const child = new Deno.Command(python, {
    args: ["-c", program],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null", NO_PROXY: "127.0.0.1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify([url, calls])));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`botocore failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** No shell takes it for a pattern, should it be pasted. */
const hidden = "…";

/**
 * `text` without secrets. What AWS answers to a wrong signature repeats the request, its session token included; a trace
 * may hold whatever a library puts into an error.
 *
 * Secret access keys have 40 characters, session tokens some hundred, and both mix capitals, small letters and digits; the
 * name in an ARN may look the same. Seeds of MFA devices are base32.
 * Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
 */
export function redacted(text: string): string {
  return text
    .replace(/[\w+/=-]{100,}/g, (run) => isMixed(run) ? hidden : run)
    .replace(/(?<![\w+/-])(?<!arn:[\w:/-]*)[A-Za-z0-9+/]{40}(?![\w+/=-])/g, (run) => isMixed(run) ? hidden : run)
    .replace(/(?<!\w)[A-Z2-7]{32,}(?!\w)/g, hidden)
    .replace(/((?:code|pass(?:word)?|otp)\W{1,4})[0-9]{6,8}\b/gi, `$1${hidden}`);
}

function isMixed(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text);
}

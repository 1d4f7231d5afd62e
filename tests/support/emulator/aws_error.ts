/** An error as AWS answers it: `code` and `message` are AWS's own words, `status` is the HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

export function accessDenied(message: string): AwsError {
  return new AwsError("AccessDenied", 403, message);
}

export function validationError(message: string): AwsError {
  return new AwsError("ValidationError", 400, message);
}

export function noSuchEntity(message: string): AwsError {
  return new AwsError("NoSuchEntity", 404, message);
}

/** What unknown, inactive and deleted keys, and sessions without MFA at IAM, all get. */
export function invalidClientTokenId(): AwsError {
  return new AwsError("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
}

/**
 * Variables that hold a secret of AWS; a helper that does not need them does not get them. The key's id goes with its
 * secret: AWS's own programs refuse the one without the other.
 */
export const secretVariables = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
] as const;

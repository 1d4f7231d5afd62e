/** Variables that hold a secret of AWS; a helper that does not need them does not get them. */
export const secretVariables = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] as const;

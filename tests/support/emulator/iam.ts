import type { Action } from "./action.ts";
import { iamKeyActions } from "./iam_keys.ts";
import { iamMfaActions } from "./iam_mfa.ts";
import { iamReadActions } from "./iam_read.ts";

/** IAM, by action name. */
export const iamActions: Readonly<Record<string, Action>> = { ...iamReadActions, ...iamMfaActions, ...iamKeyActions };

import { Failure } from "../errors.ts";
import { quoted } from "./text.ts";

/**
 * Throws Failure "usage" for a name that no IAM user has.
 * Source: UserName in <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
 */
export function checkUserName(name: string): void {
  if (/^[\w+=,.@-]{1,64}$/.test(name)) return;
  throw new Failure("usage", `${quoted(name)} is no name that AWS takes for an IAM user`, {
    hint: "give the name without a path, as aws iam list-users shows it: --user NAME",
  });
}

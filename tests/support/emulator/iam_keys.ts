import type { Action, ActionCall } from "./action.ts";
import { authorizeIam } from "./authorize.ts";
import { AwsError, noSuchEntity } from "./aws_error.ts";
import { page, targetUser, targetUserName, userNameConstraint } from "./iam_common.ts";
import { text, validate } from "./params.ts";
import { type AccessKey, newAccessKeyId, newSecret } from "./world.ts";
import { isoSeconds, type XmlValue } from "./xml.ts";

/** Long-lived access keys of users. */
export const iamKeyActions: Readonly<Record<string, Action>> = {
  CreateAccessKey: createAccessKey,
  DeleteAccessKey: deleteAccessKey,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
};

/** Source: "IAM and AWS STS quotas" <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> */
const keysPerUser = 2;

const keyConstraint = { AccessKeyId: text({ required: true, min: 16, max: 128, pattern: "[\\w]+" }) };

function createAccessKey(call: ActionCall): XmlValue {
  const { world } = call;
  const user = authorizedUser(call, "CreateAccessKey");
  if (user.keys.length >= keysPerUser) {
    throw new AwsError("LimitExceeded", 409, `Cannot exceed quota for AccessKeysPerUser: ${keysPerUser}`);
  }
  const createdAt = world.now();
  const usableAt = createdAt + world.settings.accessKeyDelaySeconds * 1000;
  const key: AccessKey = { id: newAccessKeyId("AKIA"), secret: newSecret(), status: "Active", createdAt, usableAt };
  user.keys.push(key);
  return {
    AccessKey: {
      UserName: user.name,
      AccessKeyId: key.id,
      Status: key.status,
      SecretAccessKey: key.secret,
      CreateDate: isoSeconds(createdAt),
    },
  };
}

function listAccessKeys(call: ActionCall): XmlValue {
  const user = authorizedUser(call, "ListAccessKeys");
  return page(
    call.params,
    "AccessKeyMetadata",
    user.keys.map((key) => ({
      UserName: user.name,
      AccessKeyId: key.id,
      Status: key.status,
      CreateDate: isoSeconds(key.createdAt),
    })),
  );
}

function updateAccessKey(call: ActionCall): XmlValue {
  validate(call.params, { ...keyConstraint, Status: text({ required: true, pattern: "Active|Inactive" }) });
  const user = authorizedUser(call, "UpdateAccessKey");
  keyOf(user.keys, call).status = call.params.get("Status") === "Active" ? "Active" : "Inactive";
  return undefined;
}

function deleteAccessKey(call: ActionCall): XmlValue {
  validate(call.params, keyConstraint);
  const user = authorizedUser(call, "DeleteAccessKey");
  user.keys.splice(user.keys.indexOf(keyOf(user.keys, call)), 1);
  return undefined;
}

function getAccessKeyLastUsed({ world, caller, params }: ActionCall): XmlValue {
  validate(params, keyConstraint);
  const id = params.get("AccessKeyId")!;
  const user = world.users.find((user) => user.account === caller.account && user.keys.some((key) => key.id === id));
  authorizeIam(caller, "GetAccessKeyLastUsed", `access key ${id}`, world);
  // AWS does not say NoSuchEntity here, so that nobody can try out ids.
  if (user === undefined) {
    const message =
      `User: ${caller.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${id}`;
    throw new AwsError("AccessDenied", 403, message);
  }
  const used = user.keys.find((key) => key.id === id)?.lastUsed;
  return {
    UserName: user.name,
    AccessKeyLastUsed: {
      LastUsedDate: used === undefined ? undefined : isoSeconds(used.at),
      ServiceName: used?.service ?? "N/A",
      Region: used?.region ?? "N/A",
    },
  };
}

function authorizedUser(call: ActionCall, action: string) {
  validate(call.params, userNameConstraint);
  authorizeIam(call.caller, action, `user ${targetUserName(call)}`, call.world);
  return targetUser(call);
}

function keyOf(keys: readonly AccessKey[], { params }: ActionCall): AccessKey {
  const id = params.get("AccessKeyId");
  const key = keys.find((key) => key.id === id);
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

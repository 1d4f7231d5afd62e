import type { Action, ActionCall } from "./action.ts";
import { authorizeIam, decide, type Decision } from "./authorize.ts";
import { AwsError, noSuchEntity } from "./aws_error.ts";
import { namePattern, page, targetUser, targetUserName, userNameConstraint } from "./iam_common.ts";
import { memberList, type Params, text, validate, valueList } from "./params.ts";
import { trustDocument } from "./trust.ts";
import { arnOf, findRole, roleArn, uniqueId, type User, userArn, type World } from "./world.ts";
import { isoSeconds, type XmlValue } from "./xml.ts";

/** Actions that only look. */
export const iamReadActions: Readonly<Record<string, Action>> = {
  GetRole: getRole,
  GetUser: getUser,
  ListAccountAliases: listAccountAliases,
  ListUsers: listUsers,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
};

function getUser(call: ActionCall): XmlValue {
  validate(call.params, userNameConstraint);
  authorizeIam(call.caller, "GetUser", `user ${targetUserName(call)}`, call.world);
  return { User: describeUser(call.world, targetUser(call)) };
}

function listUsers({ world, caller, params }: ActionCall): XmlValue {
  authorizeIam(caller, "ListUsers", arnOf(world, caller.account, "iam", "user/"), world);
  const prefix = params.get("PathPrefix") ?? "/";
  const users = world.users.filter((user) => user.account === caller.account && user.path.startsWith(prefix));
  return page(params, "Users", users.map((user) => describeUser(world, user)));
}

function listAccountAliases({ world, caller, params }: ActionCall): XmlValue {
  authorizeIam(caller, "ListAccountAliases", "*", world);
  return page(params, "AccountAliases", world.accounts[caller.account]?.aliases ?? []);
}

function getRole({ world, caller, params }: ActionCall): XmlValue {
  validate(params, { RoleName: text({ required: true, min: 1, max: 64, pattern: namePattern }) });
  const name = params.get("RoleName")!;
  authorizeIam(caller, "GetRole", `role ${name}`, world);
  const role = findRole(world, caller.account, name);
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return {
    Role: {
      Path: role.path,
      RoleName: role.name,
      RoleId: uniqueId("role", role),
      Arn: roleArn(world, role),
      CreateDate: isoSeconds(role.createdAt),
      AssumeRolePolicyDocument: encodeURIComponent(trustDocument(role)),
      MaxSessionDuration: role.maxSessionDurationSeconds,
    },
  };
}

function simulatePrincipalPolicy({ world, caller, params }: ActionCall): XmlValue {
  validate(params, { PolicySourceArn: text({ required: true, min: 20, max: 2048 }) });
  const arn = params.get("PolicySourceArn")!;
  authorizeIam(caller, "SimulatePrincipalPolicy", arn, world);
  const principal = world.users.find((user) => userArn(world, user) === arn) ??
    world.roles.find((role) => roleArn(world, role) === arn);
  if (principal === undefined) throw noSuchEntity(`The entity with ARN ${arn} cannot be found.`);
  const actions = valueList(params, "ActionNames");
  if (actions.length === 0) throw new AwsError("InvalidInput", 400, "ActionNames must have at least one member.");
  const hasMfa = contextSaysMfa(params);
  return page(
    params,
    "EvaluationResults",
    actions.map((action): XmlValue => ({
      EvalActionName: action,
      EvalResourceName: "*",
      EvalDecision: decide(principal, action, hasMfa) satisfies Decision,
    })),
  );
}

function contextSaysMfa(params: Params): boolean {
  return memberList(params, "ContextEntries").some((entry) =>
    entry.get("ContextKeyName")?.toLowerCase() === "aws:multifactorauthpresent" &&
    entry.get("ContextKeyValues.member.1") === "true"
  );
}

function describeUser(world: World, user: User): XmlValue {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: uniqueId("user", user),
    Arn: userArn(world, user),
    CreateDate: isoSeconds(user.createdAt),
  };
}

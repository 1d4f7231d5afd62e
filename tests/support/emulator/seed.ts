import { defaultAccount, type WorldSeed } from "./world_seed.ts";

/** The keys of AWS's own documentation, which secret scanners know to be nobody's. */
export const alice = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  mfaSerial: "arn:aws:iam::123456789012:mfa/alice",
  mfaSecret: "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPJQWEY3EMVTGO2DJNJVWY3LO",
} as const;

/** Has no MFA device. */
export const bob = {
  accessKeyId: "AKIAI44QH8DHBEXAMPLE",
  secretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
} as const;

/** May do next to nothing without MFA. */
export const carol = {
  accessKeyId: "AKIACAROL7EXAMPLE123",
  secretAccessKey: "carol/EXAMPLEKEY/carol/EXAMPLEKEY/carol0",
  mfaSerial: "arn:aws:iam::123456789012:mfa/carol",
  mfaSecret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
} as const;

/** May not call GetSessionToken, nor list MFA devices. */
export const dave = {
  accessKeyId: "AKIADAVE87EXAMPLE123",
  secretAccessKey: "dave1/EXAMPLEKEY/dave1/EXAMPLEKEY/dave10",
  mfaSerial: "arn:aws:iam::123456789012:mfa/dave",
  mfaSecret: "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
} as const;

/** In China. */
export const chen = {
  accessKeyId: "AKIACHEN87EXAMPLE123",
  secretAccessKey: "chen1/EXAMPLEKEY/chen1/EXAMPLEKEY/chen10",
  mfaSerial: "arn:aws-cn:iam::111122223333:mfa/chen",
  mfaSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
} as const;

/** In GovCloud. */
export const grace = {
  accessKeyId: "AKIAGRACE7EXAMPLE123",
  secretAccessKey: "grace/EXAMPLEKEY/grace/EXAMPLEKEY/grace0",
  mfaSerial: "arn:aws-us-gov:iam::444455556666:mfa/grace",
  mfaSecret: "NBSWY3DPEB3W64TMMQQGM33PMJQXENBSWY3DPEB3W64TMMQQGM33PMJQXENBSWY3",
} as const;

const production = "210987654321";
const china = "111122223333";
const govCloud = "444455556666";

const root = (account: string, partition = "aws") => `arn:${partition}:iam::${account}:root`;
const role = (name: string, account: string = defaultAccount) => `arn:aws:iam::${account}:role/${name}`;

/** A company's accounts as they are often found: a login account, production beside it, two other partitions. */
export const seed: WorldSeed = {
  accounts: {
    [defaultAccount]: { aliases: ["example-login"] },
    [production]: { aliases: ["example-production"] },
    [china]: { partition: "aws-cn", aliases: ["example-china"] },
    [govCloud]: { partition: "aws-us-gov" },
  },
  users: [
    userSeed("alice", alice),
    { name: "bob", keys: [{ id: bob.accessKeyId, secret: bob.secretAccessKey }] },
    { ...userSeed("carol", carol), forceMfa: true },
    { ...userSeed("dave", dave), deny: ["sts:GetSessionToken", "iam:ListMFADevices"] },
    { ...userSeed("chen", chen), account: china },
    { ...userSeed("grace", grace), account: govCloud },
  ],
  roles: [
    {
      name: "admin",
      trust: { principals: [root(defaultAccount)], mfaRequired: true },
      maxSessionDurationSeconds: 43_200,
    },
    { name: "readonly", trust: { principals: [root(defaultAccount)] }, maxSessionDurationSeconds: 14_400 },
    { name: "deploy", trust: { principals: [root(defaultAccount)], mfaRequired: true, externalId: "deploy-7f3a" } },
    {
      name: "short",
      trust: { principals: [root(defaultAccount)], mfaRequired: true },
      maxSessionDurationSeconds: 3600,
    },
    {
      name: "fresh",
      trust: { principals: [root(defaultAccount)], mfaRequired: true, maxMfaAgeSeconds: 300 },
      maxSessionDurationSeconds: 43_200,
    },
    { name: "named", trust: { principals: [root(defaultAccount)], sessionNamePattern: "${aws:username}" } },
    { name: "traced", trust: { principals: [root(defaultAccount)], requireSourceIdentity: true } },
    { name: "tagged", trust: { principals: [root(defaultAccount)], requiredTags: { project: "*", cost: "42" } } },
    { name: "locked", trust: { principals: ["*"], denied: true } },
    { name: "hub", path: "/teams/", trust: { principals: [root(defaultAccount)], mfaRequired: true } },
    {
      name: "spoke",
      account: production,
      trust: { principals: [role("teams/hub")] },
      maxSessionDurationSeconds: 43_200,
    },
    { name: "leaf", account: production, trust: { principals: [role("spoke", production)] } },
    {
      name: "prod",
      account: production,
      trust: { principals: [root(defaultAccount)], mfaRequired: true },
      maxSessionDurationSeconds: 43_200,
    },
    { name: "admin", account: china, trust: { principals: [root(china, "aws-cn")], mfaRequired: true } },
    { name: "admin", account: govCloud, trust: { principals: [root(govCloud, "aws-us-gov")], mfaRequired: true } },
  ],
};

function userSeed(
  name: string,
  person: { accessKeyId: string; secretAccessKey: string; mfaSerial: string; mfaSecret: string },
) {
  return {
    name,
    keys: [{ id: person.accessKeyId, secret: person.secretAccessKey }],
    devices: [{ serial: person.mfaSerial, secret: person.mfaSecret }],
  };
}

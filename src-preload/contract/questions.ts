import { z } from 'zod';
import { procedure } from './procedures.ts';

const common = {
  id: z.uuid(),
  /** The host that is being connected; null where it is a trial (`hosts.test`). */
  hostId: z.uuid().nullable(),
  /** The trial it belongs to; null for a host that is followed. */
  trial: z.uuid().nullable(),
  /** Canonical target, as shown. */
  target: z.string(),
  /** The machine that asks, as `ana@bastion:22`: the host itself, or one on the way to it. */
  machine: z.string(),
  isJump: z.boolean(),
};

/** A secret that is typed. */
const secret = z.string().min(1).max(1_024);
const remember = {
  /** Whether this shell has a keychain in which the answer can be kept for good. */
  canRemember: z.boolean(),
};

/**
 * What a connection waits for a person to say. It waits as long as it takes, and no connection is open meanwhile: but for
 * a challenge, and a password asked beside another proof, which the host waits for only so long.
 */
export const Question = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hostKey'),
    ...common,
    /** As in known_hosts: `ssh-ed25519`. */
    keyType: z.string(),
    /** `SHA256:…`, base64 without padding, as ssh-keygen prints it. */
    fingerprint: z.string(),
  }),
  z.object({
    kind: z.literal('passphrase'),
    ...common,
    /** Path of the encrypted key. */
    file: z.string(),
    /** Counts from 1: above, the answer before was wrong. */
    attempt: z.int().min(1),
    ...remember,
  }),
  z.object({ kind: z.literal('password'), ...common, user: z.string(), ...remember }),
  /** Keyboard-interactive (RFC 4256): whatever the host wants to know, such as a one-time code. Never kept. */
  z.object({
    kind: z.literal('challenge'),
    ...common,
    /** The host's own words; may be empty. */
    title: z.string(),
    instructions: z.string(),
    prompts: z
      .array(z.object({ text: z.string(), echo: z.boolean() }))
      .min(1)
      .max(16),
    /** ISO 8601: the host waits no longer. */
    until: z.string(),
  }),
]);
export type Question = z.infer<typeof Question>;

export const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hostKey'), accept: z.boolean() }),
  /** null: nobody wants to answer. */
  z.object({ kind: z.literal('passphrase'), passphrase: secret.nullable(), remember: z.boolean() }),
  z.object({ kind: z.literal('password'), password: secret.nullable(), remember: z.boolean() }),
  /** One a prompt, in their order; null: nobody wants to answer. */
  z.object({ kind: z.literal('challenge'), answers: z.array(z.string().max(1_024)).max(16).nullable() }),
]);
export type Answer = z.infer<typeof Answer>;

export const questions = {
  /** Fails with QUESTION_GONE where it has been answered or withdrawn meanwhile, or is of the other kind. */
  answer: procedure.input(z.object({ id: z.uuid(), answer: Answer })).output(z.void()),
};

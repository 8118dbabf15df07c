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
};

/** What a connection waits for a person to say. It waits as long as it takes: no connection is open meanwhile. */
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
  }),
]);
export type Question = z.infer<typeof Question>;

export const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hostKey'), accept: z.boolean() }),
  /** null: nobody wants to answer. */
  z.object({ kind: z.literal('passphrase'), passphrase: z.string().min(1).max(1_024).nullable() }),
]);
export type Answer = z.infer<typeof Answer>;

export const questions = {
  /** Fails with QUESTION_GONE where it has been answered or withdrawn meanwhile, or is of the other kind. */
  answer: procedure.input(z.object({ id: z.uuid(), answer: Answer })).output(z.void()),
};

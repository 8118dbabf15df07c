import { z } from 'zod';
import { limits } from '../kernel/limits.ts';

/**
 * The messages of oRPC's peer protocol that a window may send: a call, and the end of one. Headers, methods, files and
 * iterators of its own are not among them: no entry of the contract takes any.
 */
const Frame = z.union([
  z.strictObject({
    i: z.string().min(1).max(32),
    p: z.strictObject({ u: z.string().regex(/^\/[\w.~%/-]{1,256}$/), b: z.unknown() }),
  }),
  z.strictObject({ i: z.string().min(1).max(32), t: z.literal(4) }),
]);

/** Whether `message` may be handed to oRPC, which takes what it is given on trust, and fails where it is no such message. */
export function isFrame(message: unknown): message is string {
  if (typeof message !== 'string' || message.length > limits.router.messageChars) return false;
  try {
    return Frame.safeParse(JSON.parse(message)).success;
  } catch {
    return false;
  }
}

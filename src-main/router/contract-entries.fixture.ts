import { type AnyContractProcedure, isContractProcedure } from '@orpc/contract';
import type { z } from 'zod';
import { contract } from '#contract/contract.ts';

/** Every entry of the contract by its path, with what its input has to be; null where it takes none. */
export const contractEntries: ReadonlyMap<string, z.ZodType | null> = new Map(
  [...walk(contract, [])].map(([path, entry]) => [path, (entry['~orpc'].inputSchema as z.ZodType | undefined) ?? null]),
);

function* walk(node: unknown, path: readonly string[]): Generator<[string, AnyContractProcedure]> {
  if (isContractProcedure(node)) yield [path.join('.'), node];
  else for (const [name, next] of Object.entries(node as object)) yield* walk(next, [...path, name]);
}

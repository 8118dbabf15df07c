import type { Terminal } from './terminal.ts';

/** The part of the terminal that `status` writes to. */
export type StatusOutput = Pick<Terminal, 'write' | 'isOutputTerminal' | 'colour' | 'width' | 'height'>;

/** Nothing is cut for whoever reads a pipe. */
export function lineWidth(output: Pick<StatusOutput, 'isOutputTerminal' | 'width'>): number {
  return output.isOutputTerminal ? output.width() : Number.POSITIVE_INFINITY;
}

import type { Verdict } from '#contract/fleet.ts';

/** Paints text for a terminal, or leaves it plain. */
export interface Style {
  verdict(verdict: Verdict, text: string): string;
  strong(text: string): string;
  dim(text: string): string;
}

const SGR: Readonly<Record<Verdict, string>> = { down: '31', unknown: '90', attention: '33', green: '32' };

/** @param colour whether the output understands ANSI colours */
export function createStyle(colour: boolean): Style {
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    verdict: (verdict, text) => paint(SGR[verdict], text),
    strong: (text) => paint('1', text),
    dim: (text) => paint('2', text),
  };
}

/** The shape of a verdict: it never depends on colour alone. */
export const SHAPE: Readonly<Record<Verdict, string>> = { down: '✖', unknown: '?', attention: '▲', green: '✔' };

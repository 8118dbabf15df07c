import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';

/**
 * What a host says in a login without asking for anything ("Your account expires in 3 days"): at most
 * `limits.ssh.heardLines` lines of `texts`, in order, each made visible and cut at `limits.text.reasonChars`.
 */
export function saidLines(...texts: readonly string[]): string[] {
  const most = limits.ssh.heardLines;
  const lines = texts.flatMap((text) => text.split(/\r\n|\n|\r/));
  const shown = lines.flatMap((line) => (line.trim() === '' ? [] : visibleText(line.trim(), limits.text.reasonChars)));
  return shown.slice(0, most);
}

/** Adds {@link saidLines} of `texts` to `list`, and keeps the last `limits.ssh.heardLines` of all. */
export function keepSaid(list: string[], ...texts: readonly string[]): void {
  list.push(...saidLines(...texts));
  list.splice(0, Math.max(0, list.length - limits.ssh.heardLines));
}

/** What one host has said so in a login; of both lists the last `limits.ssh.heardLines` lines are kept. */
export class HostSaid {
  readonly #all: string[];
  #untold: string[] = [];

  /** @param all gets it all */
  constructor(all: string[]) {
    this.#all = all;
  }

  hear(...texts: readonly string[]): void {
    for (const list of [this.#all, this.#untold]) keepSaid(list, ...texts);
  }

  /** What has not been told with a question yet, and now is. */
  takeUntold(): readonly string[] {
    const lines = this.#untold;
    this.#untold = [];
    return lines;
  }
}

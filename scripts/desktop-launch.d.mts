type Env = Readonly<Record<string, string | undefined>>;

export function findRuntime(root: string, env: Env): string | null;

export function hasDisplay(env: Env, platform: NodeJS.Platform): boolean;

export function fetchRuntime(options: {
  /** Folder of the checkout, with its dependencies installed. */
  readonly root: string;
  readonly signal?: AbortSignal;
  readonly idleMs?: number;
  /** Told lines for the operator. */
  readonly onProgress: (line: string) => void;
}): Promise<{ readonly kind: 'fetched' } | { readonly kind: 'failed'; readonly why: string }>;

export function launchDesktop(options: {
  readonly root: string;
  readonly runtime: string;
  readonly args: readonly string[];
  readonly env: Env;
}): Promise<{ readonly kind: 'ran'; readonly code: number } | { readonly kind: 'failed'; readonly why: string }>;

export function explainLaunchFailure(ended: {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly platform: NodeJS.Platform;
  readonly apparmorRestrictsUserns: boolean;
}): string | null;

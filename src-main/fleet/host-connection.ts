import type { EngineChange } from '#contract/actions.ts';
import type { HostLink, HostLogin } from '../engine/link.ts';
import type { ContainerDetail, LogLine } from '../engine/model.ts';
import { AppError } from '../kernel/errors.ts';
import { type LogRequest, readContainerLog } from './container-log.ts';
import { HostReader, type HostReaderOptions, type ReadStage } from './host-reader.ts';

export interface ChangeRequest {
  readonly containerId: string;
  /** From the stop signal to the kill; means nothing to `start`. */
  readonly graceSeconds: number;
}

interface HostConnectionOptions extends Omit<HostReaderOptions, 'client' | 'onLatency' | 'onProblems'> {
  readonly link: HostLink;
  /** What the connection tells of itself may have changed. */
  readonly onChange: () => void;
}

/** A host as long as one link to it lasts: the engine is read over it, and asked for what somebody wants of it. */
export class HostConnection implements AsyncDisposable {
  /** Resolves once, with why it has ended. Who owns it disposes it then. */
  readonly ended: Promise<AppError>;
  readonly #options: HostConnectionOptions;
  readonly #link: HostLink;
  readonly #reader: HostReader;
  readonly #end: (why: AppError) => void;
  readonly #denied = new Set<EngineChange>();
  #latencyMs: number | null = null;

  /** Starts reading at once. The link stays its owner's. */
  constructor(options: HostConnectionOptions) {
    const { link, onChange } = options;
    this.#options = options;
    this.#link = link;
    const { promise, resolve } = Promise.withResolvers<AppError>();
    this.ended = promise;
    this.#end = resolve;
    this.#reader = new HostReader({
      ...options,
      client: link.client,
      onLatency: (ms) => {
        if (ms === this.#latencyMs) return;
        this.#latencyMs = ms;
        onChange();
      },
      onProblems: onChange,
    });
    void this.#reader.failed.then(resolve);
    void link.closed.then((why) => resolve(why ?? new AppError('CONNECTION_LOST', 'The connection was closed.')));
  }

  get login(): HostLogin {
    return this.#link.login;
  }

  /** Changes that the engine, or a policy in front of it, has refused. */
  get denied(): readonly EngineChange[] {
    return [...this.#denied];
  }

  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  hasReached(stage: ReadStage): boolean {
    return this.#reader.hasReached(stage);
  }

  /** What could not be read, although the engine answers. */
  problems(): readonly AppError[] {
    return this.#reader.problems();
  }

  /** As {@link HostReader.outlivedSleep}. */
  outlivedSleep(): Promise<boolean> {
    return this.#reader.outlivedSleep();
  }

  /** Gives it up; does nothing where it has ended. */
  end(why: AppError): void {
    this.#end(why);
  }

  /** As {@link HostReader.inspect}. */
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetail> {
    return this.#reader.inspect(id, signal);
  }

  /** As `EngineClient.change`. Whatever comes of it, the container is looked at afterwards. */
  async change(what: EngineChange, request: ChangeRequest, signal: AbortSignal): Promise<'done' | 'already'> {
    const { containerId } = request;
    try {
      const answer = await this.#link.client.change(what, request, signal);
      this.#reader.touched(containerId, { isCertain: true });
      return answer;
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      if (code === 'ENGINE_DENIED') {
        this.#denied.add(what);
        this.#options.onChange();
      }
      // The gate's own refusal never left this machine.
      if (code !== 'GATE_REFUSED') this.#reader.touched(containerId, { isCertain: false });
      throw error;
    }
  }

  /** As {@link readContainerLog}. */
  logs(request: LogRequest, signal: AbortSignal): Promise<AsyncIterable<readonly LogLine[]>> {
    const tty = this.#options.facts().containers.get(request.containerId)?.detail?.tty ?? null;
    return readContainerLog(this.#link.client, request, tty, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }
}

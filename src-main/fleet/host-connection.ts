import type { EngineChange } from '#contract/actions.ts';
import type { ConnectionReport } from '#contract/hosts.ts';
import type { HostLink, HostLogin } from '../engine/link.ts';
import type { ContainerDetail, LogLine } from '../engine/model.ts';
import { AppError } from '../kernel/errors.ts';
import { type LogRequest, readContainerLog } from './container-log.ts';
import { HostReader, type HostReaderOptions } from './host-reader.ts';
import type { ReadStage } from './read-stage.ts';

export interface ChangeRequest {
  readonly containerId: string;
  /** From the stop signal to the kill; means nothing to `start`. */
  readonly graceSeconds: number;
}

interface HostConnectionOptions extends Omit<HostReaderOptions, 'client' | 'silentMs' | 'onLatency' | 'onProblems'> {
  /** With what the operator should know of the way there, where whoever made it knows any. */
  readonly link: HostLink & { readonly notes?: readonly string[] };
  /** What the connection tells of itself may have changed. */
  readonly onChange: () => void;
}

/** A host as long as one link to it lasts: the engine is read over it, and asked for what somebody wants of it. */
export class HostConnection implements AsyncDisposable {
  /** Resolves once, with why it has ended. Who owns it disposes it then. */
  readonly ended: Promise<AppError>;
  readonly #options: HostConnectionOptions;
  readonly #link: HostConnectionOptions['link'];
  readonly #reader: HostReader;
  readonly #resolveEnd: (why: AppError) => void;
  #isOver = false;
  readonly #denied = new Set<EngineChange>();
  #latencyMs: number | null = null;

  /** Starts reading at once. The link stays its owner's. */
  constructor(options: HostConnectionOptions) {
    const { link, onChange } = options;
    this.#options = options;
    this.#link = link;
    const { promise, resolve } = Promise.withResolvers<AppError>();
    this.ended = promise;
    this.#resolveEnd = resolve;
    this.#reader = new HostReader({
      ...options,
      client: link.client,
      silentMs: () => link.silentMs(),
      onLatency: (ms) => {
        if (ms === this.#latencyMs) return;
        this.#latencyMs = ms;
        onChange();
      },
      onProblems: onChange,
    });
    void this.#reader.failed.then((why) => this.end(why));
    void link.closed.then((why) => this.end(why ?? new AppError('CONNECTION_LOST', 'The connection was closed.')));
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

  /** Something was read over it. */
  get wasUseful(): boolean {
    return this.#reader.hasReached('listed');
  }

  /** How it is connected, as of now. */
  report(): ConnectionReport {
    return { ...this.#link.report(), notes: [...(this.#link.notes ?? [])] };
  }

  /** As {@link HostReader.outlived}. */
  outlived(): Promise<boolean> {
    return this.#reader.outlived();
  }

  /** It is over: nothing more is read, and who waits for an answer is told so now. Does nothing where it has ended. */
  end(why: AppError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.stop();
    this.#link.client.rejectPending(why);
    this.#resolveEnd(why);
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

import type { ActionRequest, LockedAction, Plan, Run, Unlock } from '#contract/actions.ts';
import type { Problem } from '#contract/errors.ts';
import type { Container } from '#contract/fleet.ts';
import type { ConnectionReport, HostMode, Identities, SavedHost, SshAlias, TrialEvent } from '#contract/hosts.ts';
import type { JournalEntry, JournalFilter, JournalStatus, Verification } from '#contract/journal.ts';
import type { Answer, Question } from '#contract/questions.ts';
import type { Welcome } from '#contract/session.ts';
import type { Places, WindowSettings } from '#contract/settings.ts';
import type { TimelineEntry } from '#contract/timeline.ts';
import type { FleetHost, Summary } from '#contract/updates.ts';
import type { LogLine } from '../engine/model.ts';
import type { AppError } from '../kernel/errors.ts';

/** What the router needs from the domains; `app.ts` gives it. Every rejection is an AppError, or a bug. */
export interface Services {
  readonly welcome: Omit<Welcome, 'contractVersion'>;
  readonly fleet: FleetSource;
  readonly hosts: HostBook;
  readonly questions: QuestionDesk;
  readonly settings: SettingsDesk;
  readonly actions: ActionDesk;
  readonly journal: JournalDesk;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
}

/** Something that changes, and says so. `onChange` is called often, and never from within a read: conflate. */
export interface Watched {
  subscribe(onChange: () => void): Disposable;
}

/** One host as it is known now. */
export interface HostSnapshot {
  readonly host: FleetHost;
  readonly containers: readonly { readonly app: string; readonly container: Container }[];
}

export interface FleetSource {
  /** `hostId`: what changed is of that host; null: hosts were added, removed, moved or renamed. */
  subscribe(onChange: (hostId: string | null) => void): Disposable;
  /** In the operator's order. */
  readonly hostIds: readonly string[];
  /** null: there is none of that id (any more). */
  host(id: string): HostSnapshot | null;
  /** Cheap enough to be asked for at every batch. */
  summary(): Summary;
  /** Milliseconds after which what is shown may have aged into another verdict although nothing happened. */
  readonly ageingMs: number;
  /** Whose load is sampled at the pace that is set, until the next call; null: every host's. */
  watchLoadOf(hostIds: ReadonlySet<string> | null): void;
  /**
   * Lines of a container's log, pulled; see `EngineClient.logs`. `after` as in the contract.
   * @throws AppError HOST_NOT_FOUND, HOST_NOT_LIVE, ENGINE_*, CONNECTION_LOST
   */
  logs(
    request: {
      readonly hostId: string;
      readonly containerId: string;
      readonly follow: boolean;
      readonly tail: number | null;
      readonly after: string | null;
    },
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly LogLine[]>>;
}

/** The saved hosts; errors as the contract names them. */
export interface HostBook {
  list(): Promise<SavedHost[]>;
  identities(): Promise<Identities>;
  aliases(): Promise<SshAlias[]>;
  /** null: it is not connected. @throws AppError HOST_NOT_FOUND */
  connection(id: string): ConnectionReport | null;
  test(
    request: { readonly trial: string; readonly target: string; readonly identityFiles: readonly string[] },
    signal: AbortSignal,
  ): AsyncIterable<TrialEvent>;
  add(request: {
    readonly target: string;
    readonly name: string | null;
    readonly identityFiles: readonly string[];
  }): Promise<SavedHost>;
  rename(request: { readonly id: string; readonly name: string | null }): Promise<SavedHost>;
  remove(id: string): Promise<SavedHost>;
  restore(id: string): Promise<SavedHost>;
  setMode(request: { readonly id: string; readonly mode: HostMode }): Promise<void>;
  retry(id: string): Promise<void>;
}

export interface QuestionDesk extends Watched {
  /** Oldest first. */
  open(): readonly Question[];
  /** @throws AppError QUESTION_GONE */
  answer(id: string, answer: Answer): void;
}

/** Members that are left out, or undefined, stay as they are. */
export type SettingsChange = { readonly [Key in keyof WindowSettings]?: WindowSettings[Key] | undefined };

export interface SettingsDesk extends Watched {
  current(): WindowSettings;
  /** What is wrong with Binnacle's own files. */
  problems(): readonly Problem[];
  change(change: SettingsChange): Promise<WindowSettings>;
  places(): Places;
  forgetSecrets(): Promise<{ forgotten: number }>;
}

/** What can be done, is being done and has happened; errors as the contract names them. */
export interface ActionDesk extends Watched {
  /** Those that run and the last that ended, oldest first. Never altered: one that goes on is another object. */
  runs(): readonly Run[];
  /** Those that hold now; that one has run out is a change as well, and told. */
  unlocks(): readonly Unlock[];
  plan(request: ActionRequest, signal: AbortSignal): Promise<Plan>;
  /** Resolves when the intent is in the journal. What it began goes on, whoever leaves. */
  run(request: { readonly plan: string; readonly reason: string | null }): Promise<{ run: string }>;
  cancel(run: string): void;
  unlock(request: UnlockRequest & { readonly reason: string }, signal: AbortSignal): Promise<Unlock>;
  lock(request: UnlockRequest): Promise<void>;
  protect(request: {
    readonly hostId: string;
    readonly app: string;
    readonly service: string;
    readonly protect: boolean;
  }): Promise<void>;
  /** Newest first. */
  timeline(request: { readonly hostId: string; readonly app: string }): TimelineEntry[];
}

export interface UnlockRequest {
  readonly hostId: string;
  readonly containerId: string;
  readonly action: LockedAction;
}

export interface JournalDesk extends Watched {
  status(): JournalStatus;
  read(request: {
    readonly filter: JournalFilter;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<{ entries: JournalEntry[]; next: number | null }>;
  verify(signal: AbortSignal): Promise<Verification>;
  export(filter: JournalFilter, signal: AbortSignal): Promise<{ file: string; records: number }>;
  setAside(): Promise<{ folder: string }>;
}

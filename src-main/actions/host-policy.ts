import type { HostMode } from '#contract/hosts.ts';
import type { Journal } from '../audit/journal.ts';
import type { RecordBody } from '../audit/records.ts';
import type { FleetAccess } from '../fleet/host-access.ts';
import { AppError } from '../kernel/errors.ts';
import { hostRef, nameRef } from './references.ts';

export interface ServiceOfHost {
  readonly hostId: string;
  readonly app: string;
  readonly service: string;
}

/** Where a host's mode and the operator's own protection are kept; errors as the contract names them. */
export interface ActionHosts {
  setMode(request: { readonly id: string; readonly mode: HostMode }): Promise<unknown>;
  setProtected(request: ServiceOfHost & { readonly protect: boolean }): Promise<unknown>;
  /** Whether the operator has set it so, whatever else protects it. @throws AppError HOST_NOT_FOUND */
  isProtected(service: ServiceOfHost): boolean;
}

interface HostPolicyOptions {
  readonly fleet: Pick<FleetAccess, 'access'>;
  readonly journal: Pick<Journal, 'append'>;
  readonly hosts: ActionHosts;
}

/**
 * What an operator lets be done, on the record. What lets more be done is recorded before it holds; what lets less be
 * done holds at once, even where it cannot be recorded: the journal's own state tells of that.
 */
export class HostPolicy {
  readonly #options: HostPolicyOptions;

  constructor(options: HostPolicyOptions) {
    this.#options = options;
  }

  /** @throws AppError HOST_NOT_FOUND, SETTINGS_*, HOME_*; JOURNAL_* where it is to be operated */
  async setMode({ id, mode }: { readonly id: string; readonly mode: HostMode }): Promise<void> {
    const { hosts } = this.#options;
    const set = async (to: HostMode) => void (await hosts.setMode({ id, mode: to }));
    if (mode === 'observe') {
      const before = this.#modeOf(id);
      try {
        await set('observe');
      } finally {
        // It holds even where the settings could not be written.
        const isTighter = before?.mode === 'operate' && this.#modeOf(id)?.mode !== 'operate';
        if (isTighter) await this.recordIfPossible(modeRecord(before.host, 'operate', 'observe'));
      }
      return;
    }
    const access = this.#options.fleet.access(id);
    if (access.mode === mode) return;
    const host = hostRef(access);
    await this.#recordThenDo(modeRecord(host, access.mode, mode), () => set(mode), modeRecord(host, mode, access.mode));
  }

  /** @throws AppError HOST_NOT_FOUND, SETTINGS_*, HOME_*; JOURNAL_* where it is taken off */
  async protect(request: ServiceOfHost & { readonly protect: boolean }): Promise<void> {
    const { fleet, hosts } = this.#options;
    const host = hostRef(fleet.access(request.hostId));
    const { app, service, protect } = request;
    if (hosts.isProtected(request) === protect) return;
    const set = async () => void (await hosts.setProtected(request));
    const record = (on: boolean) =>
      ({ kind: 'protection', host, app: nameRef(app), service: nameRef(service), protect: on }) as const;
    if (!protect) return this.#recordThenDo(record(false), set, record(true));
    await set();
    await this.recordIfPossible(record(true));
  }

  /** null: it is saved, and not followed. */
  #modeOf(id: string) {
    try {
      const access = this.#options.fleet.access(id);
      return { mode: access.mode, host: hostRef(access) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'HOST_NOT_FOUND') return null;
      throw error;
    }
  }

  /** @param undone says that it was not done after all */
  async #recordThenDo(record: RecordBody, set: () => Promise<void>, undone: RecordBody): Promise<void> {
    await this.#options.journal.append(record);
    try {
      await set();
    } catch (error) {
      await this.recordIfPossible(undone);
      throw error;
    }
  }

  /** Where the journal cannot be written, nothing more is to be done than what its own state says. */
  async recordIfPossible(record: RecordBody): Promise<void> {
    try {
      await this.#options.journal.append(record);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
}

function modeRecord(host: ReturnType<typeof hostRef>, from: HostMode, to: HostMode): RecordBody {
  return { kind: 'mode', host, from, to };
}

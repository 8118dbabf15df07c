import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '#contract/errors.ts';
import type { ConnectionReport, HostMode, Identities, SavedHost, SshAlias, TrialEvent } from '#contract/hosts.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import type { FleetMember } from '../fleet/followed-host.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { HostSettings, Settings } from '../settings/schema.ts';
import type { SettingsKeeper } from '../settings/settings-keeper.ts';
import { type HostToFollow, savedHost } from './fleet-member.ts';
import { windowHints } from './host-hints.ts';
import { targetOf } from './host-names.ts';
import {
  findById,
  type HostWish,
  newHost,
  type ProtectionWish,
  withHost,
  withMode,
  withName,
  withoutHost,
  withProtected,
} from './host-rules.ts';
import { wholePath } from './identities.ts';
import { type ReadHosts, readSavedHosts } from './saved-hosts.ts';
import type { HostTrials, TrialRequest } from './trial.ts';

interface HostBookOptions {
  readonly settings: SettingsKeeper;
  readonly fleet: Pick<FleetService, 'add' | 'remove' | 'update' | 'retry' | 'report'>;
  /** How a saved host is followed. */
  readonly member: (host: HostToFollow) => FleetMember;
  readonly trials: Pick<HostTrials, 'test'>;
  readonly identities: () => Promise<Identities>;
  /** What the operator's ssh_config names. */
  readonly aliases: () => Promise<readonly SshAlias[]>;
  readonly newId: () => string;
  /** Whose home `~` stands for in the path of a key. */
  readonly homeDir: string;
  /** The settings file, as what problems of saved hosts are about. */
  readonly file: string;
}

/** The operator's saved hosts: what is written down of them, and the fleet that follows what stands there. */
export class HostBook {
  readonly #options: HostBookOptions;
  /** As they stood in the settings when they were last looked at. */
  readonly #followed = new Map<string, HostSettings>();
  /** Set to observe although that could not be written down: it holds for this session, until their mode is set again. */
  readonly #held = new Set<string>();
  readonly #removed = new Map<string, { readonly host: HostSettings; readonly index: number }>();

  #reading: { readonly of: Settings['hosts']; readonly read: ReadHosts } | null = null;

  constructor(options: HostBookOptions) {
    this.#options = options;
  }

  async list(): Promise<SavedHost[]> {
    return this.#saved.hosts.map((host) => this.#shown(host));
  }

  /** Saved hosts that are left out, and why. */
  problems(): readonly Problem[] {
    return [...this.#read().leftOut.values()];
  }

  identities(): Promise<Identities> {
    return this.#options.identities();
  }

  async aliases(): Promise<SshAlias[]> {
    return [...(await this.#options.aliases())];
  }

  /** How the host is connected now; null: it is not. @throws AppError HOST_NOT_FOUND */
  connection(id: string): ConnectionReport | null {
    return this.#options.fleet.report(id);
  }

  /** As {@link HostTrials.test}. */
  test(request: TrialRequest, signal: AbortSignal): AsyncIterable<TrialEvent> {
    return this.#options.trials.test({ ...request, identityFiles: this.#whole(request.identityFiles) }, signal);
  }

  /**
   * Saves the host and follows it.
   * @throws AppError TARGET_INVALID, HOST_EXISTS, USAGE, SETTINGS_*, HOME_*
   */
  async add(wish: HostWish): Promise<SavedHost> {
    const host = newHost({ ...wish, identityFiles: this.#whole(wish.identityFiles) }, this.#options);
    await this.#change((settings) => withHost(settings, host, RULES));
    return this.#shown(host);
  }

  /** @throws AppError HOST_NOT_FOUND, HOST_EXISTS, USAGE, SETTINGS_*, HOME_* */
  async rename({ id, name }: { readonly id: string; readonly name: string | null }): Promise<SavedHost> {
    await this.#change((settings) => withName(settings, id, name, RULES));
    return this.#shown(findById(this.#saved, id));
  }

  /**
   * Stops following the host, and resolves when its connection is closed.
   * @throws AppError HOST_NOT_FOUND, SETTINGS_*, HOME_*
   */
  async remove(id: string): Promise<SavedHost> {
    let gone: { host: HostSettings; index: number } | undefined;
    await this.#change((settings) => {
      const host = findById(settings, id);
      gone = { host, index: settings.hosts.indexOf(host) };
      return withoutHost(settings, host);
    });
    if (gone === undefined) throw new Error('nothing was removed');
    this.#removed.set(id, gone);
    const [oldest] = this.#removed.keys();
    if (this.#removed.size > limits.hosts.removed && oldest !== undefined) this.#removed.delete(oldest);
    return this.#shown(gone.host);
  }

  /**
   * Takes a removed host back, with all that was set for it, to where it stood.
   * @throws AppError HOST_NOT_FOUND, HOST_EXISTS (its target or name is another's by now), SETTINGS_*, HOME_*
   */
  async restore(id: string): Promise<SavedHost> {
    const gone = this.#removed.get(id);
    if (gone === undefined) {
      throw new AppError('HOST_NOT_FOUND', 'This host cannot be taken back any more.', {
        hint: 'Add it anew.',
        details: { id },
      });
    }
    await this.#change((settings) => withHost(settings, gone.host, RULES, gone.index));
    this.#removed.delete(id);
    return this.#shown(gone.host);
  }

  /**
   * What may be done to the host from now on; a connection that is there stays. `observe` holds at once, also where it
   * cannot be written down.
   * @throws AppError HOST_NOT_FOUND, SETTINGS_*, HOME_*
   */
  async setMode({ id, mode }: { readonly id: string; readonly mode: HostMode }): Promise<void> {
    const followed = this.#followed.get(id);
    if (mode === 'observe' && followed !== undefined) {
      this.#held.add(id);
      this.#followed.set(id, { ...followed, mode });
      this.#options.fleet.update(id, { mode });
    }
    await this.#options.settings.update((settings) => withMode(settings, id, mode));
    this.#held.delete(id);
    await this.follow();
  }

  /** Whether the operator has protected the service, whatever else does. @throws AppError HOST_NOT_FOUND */
  isProtected({ hostId, app, service }: Omit<ProtectionWish, 'protect'>): boolean {
    return findById(this.#saved, hostId).protected.some((each) => each.app === app && each.service === service);
  }

  /**
   * The operator's own protection of a service, put on or taken off.
   * @throws AppError HOST_NOT_FOUND, SETTINGS_*, HOME_*
   */
  async setProtected(wish: ProtectionWish): Promise<void> {
    await this.#change((settings) => withProtected(settings, wish));
  }

  /**
   * Connects now, where the host is not live.
   * @throws AppError HOST_NOT_FOUND; why it is not followed
   */
  async retry(id: string): Promise<void> {
    const problem = this.#read().leftOut.get(id);
    if (problem !== undefined) {
      throw new AppError(problem.code, problem.message, problem.hint === null ? {} : { hint: problem.hint });
    }
    this.#options.fleet.retry(id);
  }

  /**
   * Makes the fleet follow what stands in the settings, what was written there by hand meanwhile included; leaves hosts
   * alone that are not from there. Resolves when the connections of hosts that are gone are closed.
   */
  async follow(): Promise<void> {
    const { fleet, member } = this.#options;
    const wanted = new Map([...this.#read().byTarget.values()].map((found) => [found.host.id, found]));
    const closing: unknown[] = [];
    for (const [id, before] of this.#followed) {
      const now = wanted.get(id)?.host;
      if (now !== undefined && isDeepStrictEqual(wayTo(now), wayTo(before))) continue;
      this.#followed.delete(id);
      closing.push(fleet.remove(id));
    }
    for (const [index, { target, host: saved }] of [...wanted.values()].entries()) {
      const host = this.#asHeld(saved);
      const wish = savedHost(target, host);
      const before = this.#followed.get(host.id);
      if (before === undefined) fleet.add(member(wish), index);
      else if (!isDeepStrictEqual(before, host)) fleet.update(host.id, wish);
      this.#followed.set(host.id, host);
    }
    await Promise.all(closing);
  }

  #asHeld(host: HostSettings): HostSettings {
    return this.#held.has(host.id) ? { ...host, mode: 'observe' } : host;
  }

  get #saved(): Settings {
    return this.#options.settings.state.settings;
  }

  /** Asked for at every batch a window is sent; 500 targets are not parsed each time. */
  #read(): ReadHosts {
    const { hosts } = this.#saved;
    if (this.#reading?.of !== hosts) {
      const { file } = this.#options;
      this.#reading = { of: hosts, read: readSavedHosts(hosts, { file, hints: windowHints }) };
    }
    return this.#reading.read;
  }

  async #change(change: (settings: Settings) => Settings): Promise<void> {
    await this.#options.settings.update(change);
    await this.follow();
  }

  #whole(files: readonly string[]): string[] {
    return files.map((file) => wholePath(file, this.#options.homeDir));
  }

  #shown(host: HostSettings): SavedHost {
    const { id, name, mode, identityFiles } = this.#asHeld(host);
    return {
      id,
      name: name === undefined ? null : visibleText(name),
      target: targetOf(host),
      mode,
      identityFiles: identityFiles.map((file) => visibleText(file)),
      problem: this.#read().leftOut.get(id) ?? null,
    };
  }
}

const RULES = { hints: windowHints };

/** What a connection rests on: where it differs, another one is made. */
function wayTo({ target, identityFiles }: HostSettings) {
  return { target, identityFiles };
}

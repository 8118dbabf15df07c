import type { HostMode } from '#contract/hosts.ts';
import type { AppError } from '../kernel/errors.ts';
import type { FakeFleet } from './host.fixture.ts';
import type { ActionHosts, ServiceOfHost } from './host-policy.ts';

/** Where modes and protection are kept, at its port: in the fake hosts themselves. */
export class FakeHosts implements ActionHosts {
  readonly #fleet: FakeFleet;
  readonly #trace: string[];
  #failure: AppError | null = null;

  constructor(fleet: FakeFleet, trace: string[] = []) {
    this.#fleet = fleet;
    this.#trace = trace;
  }

  /** From now on nothing can be kept. */
  fail(error: AppError): void {
    this.#failure = error;
  }

  async setMode({ id, mode }: { readonly id: string; readonly mode: HostMode }): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const host = this.#fleet.hosts.get(id);
    if (host !== undefined) host.mode = mode;
    this.#trace.push(`set ${mode}`);
    this.#fleet.changed(id);
  }

  async setProtected({ hostId, app, service, protect }: ServiceOfHost & { readonly protect: boolean }): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const key = `${app}/${service}`;
    const kept = this.#fleet.hosts.get(hostId)?.operatorProtects;
    if (protect) kept?.add(key);
    else kept?.delete(key);
    this.#trace.push(`${protect ? 'protect' : 'unprotect'} ${key}`);
    this.#fleet.changed(hostId);
  }

  isProtected({ hostId, app, service }: ServiceOfHost): boolean {
    return this.#fleet.hosts.get(hostId)?.operatorProtects.has(`${app}/${service}`) ?? false;
  }
}

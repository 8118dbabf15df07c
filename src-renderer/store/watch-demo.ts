import { CONTRACT_VERSION } from '#contract/version.ts';
import { connectionStore } from './connection-store.ts';
import type { FleetStore } from './fleet-store.ts';

/**
 * A demo ends with the first host that is added, in this window or another, and its own hosts go: whenever hosts come or
 * go the core is asked again who it is.
 */
export function watchDemo(fleet: FleetStore): void {
  fleet.subscribe(({ hosts }, before) => {
    if (hosts === before.hosts || sameIds(hosts, before.hosts)) return;
    const { connection } = connectionStore.getState();
    if (connection.state === 'connected' && connection.welcome.demo) void greetAgain();
  });
}

function sameIds(hosts: readonly { readonly id: string }[], before: readonly { readonly id: string }[]): boolean {
  return hosts.length === before.length && hosts.every(({ id }, index) => id === before[index]?.id);
}

/** The connection stays as it is. */
async function greetAgain(): Promise<void> {
  const { connection } = connectionStore.getState();
  if (connection.state !== 'connected') return;
  try {
    const welcome = await connection.connection.client.session.hello({ contractVersion: CONTRACT_VERSION });
    const { connection: now } = connectionStore.getState();
    if (now.state === 'connected' && now.connection === connection.connection) {
      connectionStore.setState({ connection: { ...now, welcome } });
    }
  } catch {
    // A connection that ends now greets anew when it is back.
  }
}

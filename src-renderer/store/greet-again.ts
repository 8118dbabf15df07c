import { CONTRACT_VERSION } from '#contract/version.ts';
import { connectionStore } from './connection-store.ts';

/** Asks the core again who it is: a demo ends with the first host that is added. The connection stays as it is. */
export async function greetAgain(): Promise<void> {
  const { connection } = connectionStore.getState();
  if (connection.state !== 'connected') return;
  try {
    const welcome = await connection.connection.client.session.hello({ contractVersion: CONTRACT_VERSION });
    if (connectionStore.getState().connection === connection) {
      connectionStore.setState({ connection: { ...connection, welcome } });
    }
  } catch {
    // A connection that ends now greets anew when it is back.
  }
}

import { startPolicyProxy } from '../lab/policy-proxy.ts';
import type { Stage } from './matrix-row.ts';

const allowed = {
  ping: true,
  version: true,
  containers: true,
  inspect: true,
  stats: true,
  networks: true,
  events: true,
};

/** A port at which a policy lets everything through that Binnacle reads. */
export async function tcpDoor({ ground, own, target }: Stage) {
  const { port } = own.use(await startPolicyProxy(ground.lab.socketPath, allowed));
  return { target: target(`?tcp=127.0.0.1:${port}`) };
}

import { z } from 'zod';
import type { Port } from '#contract/fleet.ts';

const PortNumber = z.int().min(0).max(65535);
const Protocol = z.enum(['tcp', 'udp', 'sctp']);

/** One of `Ports` in the list: without IP and PublicPort where it is exposed but not published. */
export const ListedPort = z.object({
  IP: z.string().nullish(),
  PrivatePort: PortNumber,
  PublicPort: PortNumber.nullish(),
  Type: Protocol.nullish(),
});

export function portsOfList(ports: readonly z.infer<typeof ListedPort>[]): Port[] {
  return sorted(
    ports.map((port) => ({
      ...published(port.IP, port.PublicPort),
      containerPort: port.PrivatePort,
      protocol: port.Type ?? 'tcp',
    })),
  );
}

/** `NetworkSettings.Ports` of inspect: `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": null}`. */
export const PortMap = z.record(
  z.string().regex(/^\d{1,5}\/(?:tcp|udp|sctp)$/),
  z.array(z.object({ HostIp: z.string().nullish(), HostPort: z.string().nullish() })).nullable(),
);

export function portsOfMap(map: z.infer<typeof PortMap>): Port[] {
  return sorted(
    Object.entries(map).flatMap(([key, bindings]) => {
      const [number, protocol] = key.split('/') as [string, Port['protocol']];
      const exposed = { containerPort: Number(number), protocol };
      if (bindings === null || bindings.length === 0) return [{ hostIp: null, hostPort: null, ...exposed }];
      return bindings.map(({ HostIp, HostPort }) => ({
        ...published(HostIp, HostPort ? Number(HostPort) : null),
        ...exposed,
      }));
    }),
  );
}

/** Podman writes an empty address where Docker writes 0.0.0.0. */
function published(ip: string | null | undefined, port: number | null | undefined): Pick<Port, 'hostIp' | 'hostPort'> {
  return port ? { hostIp: ip || '0.0.0.0', hostPort: port } : { hostIp: null, hostPort: null };
}

/** In an order that does not depend on the engine's, which is that of a Go map; each once. */
function sorted(ports: Port[]): Port[] {
  const keyed = new Map(ports.map((port) => [sortKey(port), port]));
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
}

function sortKey({ containerPort, protocol, hostIp, hostPort }: Port): string {
  return [padded(containerPort), protocol, hostIp ?? '', padded(hostPort ?? 0)].join(' ');
}

function padded(port: number): string {
  return String(port).padStart(5, '0');
}

import { z } from 'zod';
import type { Port } from '#contract/fleet.ts';
import { ipAddress } from './answers.ts';
import { listOf, recordOf } from './json-collections.ts';

const PortNumber = z.int().min(0).max(65535);
/** As text; empty for none. */
const PortText = z.string().refine((text) => /^\d{0,5}$/.test(text) && isPort(Number(text)), 'it is no port');
/** Not let through as something else: where a port can be reached from is what an operator looks at it for. */
const HostAddress = z.string().refine((text) => text === '' || ipAddress(text) !== null, 'it is no IP address');
const Protocol = z.enum(['tcp', 'udp', 'sctp']);

/** One of `Ports` in the list: without IP and PublicPort where it is exposed but not published. */
export const ListedPort = z.object({
  IP: HostAddress.nullish(),
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
export const PortMap = recordOf(
  listOf(z.object({ HostIp: HostAddress.nullish(), HostPort: PortText.nullish() })).nullable(),
  z.string().refine((key) => isPort(Number(/^(\d{1,5})\/(?:tcp|udp|sctp)$/.exec(key)?.[1])), 'it is no port'),
);

function isPort(number: number): boolean {
  return number >= 0 && number <= 65_535;
}

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

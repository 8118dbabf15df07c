/** For tests: keys and lines made with ssh-keygen (OpenSSH 9.2); the private halves were thrown away. */

export interface FixtureKey {
  readonly type: string;
  readonly base64: string;
  /** As `ssh-keygen -lf` printed it. */
  readonly fingerprint: string;
}

export const ED25519: FixtureKey = {
  type: 'ssh-ed25519',
  base64: 'AAAAC3NzaC1lZDI1NTE5AAAAIE96Wmb2IbhsKKPVtuOX0C+0FSpa2AbQXTPCWLVTYKPA',
  fingerprint: 'SHA256:xLe89+zvlu44BytlVSaIhKO3huVkRjMu6drBN0fQNDw',
};

export const OTHER_ED25519: FixtureKey = {
  type: 'ssh-ed25519',
  base64: 'AAAAC3NzaC1lZDI1NTE5AAAAIAPlKXBZVQA1/PiHMxFypntaqmkY8zFolRv9iH8j/772',
  fingerprint: 'SHA256:fqbvUPCv+JtTBTP+aSb6Sqpz62AkAociX5xEorr/2aE',
};

export const ECDSA: FixtureKey = {
  type: 'ecdsa-sha2-nistp256',
  base64:
    'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGJtDxMq9x9wUh9uzJTSIu4RgrjU5ksAZ+c1/4rCa4ShabO7gCH+eDnjqx/yGpmVbM9Ur1bbfeVYYo0GdetDJbs=',
  fingerprint: 'SHA256:Ha/t20mRhkdHJxE/GliBy+gwezxF6kCXQ+Emr/JnzWI',
};

export const RSA: FixtureKey = {
  type: 'ssh-rsa',
  base64:
    'AAAAB3NzaC1yc2EAAAADAQABAAABAQCrb2Ca6ow3/FmXP5g48feQqJpTrU2k67gMClUgzH6BdCQuU+bYcIuJoX9odqvB0rNuYZDWfbpFKdemqTLdWCOoCyClyfj8mzdtom5RIKjH5u8xB/2iNPAgba6axsANEB8e+j5/T2Uc0HDaNK7jrSZNsC89sJzj7ZviqSGUYuvnkl8Ho3ipFH/9NAIbNZLaYUrbfcmCbsG3i6mZui9gcHKbm34b8FlnJ1W4fqOTajWJWwNau/ihWR6O+fBzGDh6GV8dzj9iQ/FHPXMIpCdVr3NBXHCEabfOjepFeGW0DvsJSptma3qZZ+eso+xB/nIg/itrwQlzv4sQ9wvjP0GFa81V',
  fingerprint: 'SHA256:/v7gkCyudfxTWXNu7VCwa4eq/nvuncb64Yob+g8mivE',
};

/** Host fields written by `ssh-keygen -H`, by the name they were made from. */
export const HASHED: Readonly<Record<'server' | 'serverPort2222' | 'ipv6' | 'ipv6Port2222', string>> = {
  server: '|1|I9Wl7E4kvqCkaGiNO+i/Pbagioo=|FuQLv+6drKEmr28jGVTMkAH/+to=',
  serverPort2222: '|1|J1pe0uaIKu+1yv3/ISUZ3b5cdyE=|wIMM5Gy5O9248d7rKLjC+KYN6m4=',
  ipv6: '|1|3VgbRp382DFwLwv8N/i6l1wXEq0=|49XkgTdtw1tWFSgtmIg5eK8FYek=',
  ipv6Port2222: '|1|vE9sF5ORerO8C6O7stmMa6qLQDo=|/KU6lRhr6WPp86JyW7Ty1G+39qw=',
};

/** `TYPE BASE64`, as a line has it after the host field. */
export function keyFields({ type, base64 }: FixtureKey): string {
  return `${type} ${base64}`;
}

export function blobOf({ base64 }: FixtureKey): Buffer {
  return Buffer.from(base64, 'base64');
}

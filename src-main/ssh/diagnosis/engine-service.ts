/** How an engine is started and looked at on its host, as far as the path of its socket tells which one it is. */
interface EngineService {
  readonly engine: 'Docker' | 'Podman';
  /** It runs as a user of its own: who logs in as that user starts it. */
  readonly isRootless: boolean;
  /** systemd's unit that makes the socket. */
  readonly socketUnit: string;
  /** For people to type on the host; `sudo systemctl start docker`. */
  readonly start: string;
  /** `systemctl status docker`. */
  readonly status: string;
  /** `journalctl -u docker`. */
  readonly log: string;
}

/**
 * Which engine has its socket there: those of their packages have them under /run/podman and /run/user/UID; of any other
 * path Docker is told of, by far the most usual.
 */
export function engineServiceAt(path: string): EngineService {
  const isPodman = /\/podman(?:\/|\.sock$)/.test(path);
  const isRootless = /^(?:\/var)?\/run\/user\/\d+\//.test(path);
  // Podman's service lives no longer than it is asked for: systemd listens in its place.
  const unit = isPodman ? 'podman.socket' : 'docker';
  const [systemctl, journalctl] = isRootless ? ['systemctl --user', 'journalctl --user'] : ['systemctl', 'journalctl'];
  return {
    engine: isPodman ? 'Podman' : 'Docker',
    isRootless,
    socketUnit: isPodman ? 'podman.socket' : 'docker.socket',
    start: `${isRootless ? '' : 'sudo '}${systemctl} start ${unit}`,
    status: `${systemctl} status ${isPodman ? 'podman' : 'docker'}`,
    log: `${journalctl} -u ${isPodman ? 'podman' : 'docker'}`,
  };
}

/** As a sentence: what to do about an engine that is stopped. */
export function startHint(path: string): string {
  const { start, isRootless } = engineServiceAt(path);
  const whoever = isRootless ? ', as the user it belongs to' : '';
  return `The engine is stopped. Start it on the host${whoever}: ${start}`;
}

/** As a sentence: what to do about an engine that takes no connection, of which it is not known whether it runs. */
export function stoppedOrHungHint(path: string): string {
  const { start, status, log } = engineServiceAt(path);
  return `See on the host which it is: ${status}. Where it is stopped: ${start}. Where it hangs, its log may say why: ${log}`;
}

/** As a sentence: what to do about a socket that is not there. Another engine's is named, not the one that was tried. */
export function missingHint(path: string): string {
  const { engine, isRootless, start } = engineServiceAt(path);
  if (isRootless) {
    return (
      `Check that the rootless engine is installed and running there; as the user it belongs to: ${start}. An engine of ` +
      'the machine has its socket at /var/run/docker.sock or /run/podman/podman.sock: name it in the target.'
    );
  }
  if (engine === 'Podman') {
    return (
      `Check that Podman is installed there, and its socket open: ${start}. A rootless one has it at ` +
      '/run/user/UID/podman/podman.sock, Docker at /var/run/docker.sock: name it in the target.'
    );
  }
  return (
    'Check that Docker is installed and running there. A rootless engine has its socket at /run/user/UID/docker.sock, ' +
    'Podman at /run/podman/podman.sock: name it in the target.'
  );
}

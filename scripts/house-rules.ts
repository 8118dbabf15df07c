import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

/**
 * The house rules of docs/architecture.md: who may know whom.
 * contract <- kernel <- ssh <- engine <- fleet <- { actions, alerts } <- router <- shell
 */
const rooms = [
  'kernel',
  'ssh',
  'engine',
  'fleet',
  'audit',
  'actions',
  'storage',
  'settings',
  'home',
  'hosts',
  'router',
  'demo',
];
/** What each room of the core may import from the others; the contract is open to all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  ssh: ['kernel'],
  engine: ['kernel', 'ssh'],
  fleet: ['kernel', 'ssh', 'engine'],
  audit: ['kernel'],
  actions: ['kernel', 'ssh', 'engine', 'fleet', 'audit'],
  storage: ['kernel'],
  settings: ['kernel', 'home'],
  home: ['kernel', 'storage'],
  hosts: ['kernel', 'ssh', 'engine', 'fleet', 'settings', 'home'],
  router: ['kernel', 'engine', 'fleet'],
  demo: ['kernel'],
};

const roomRules = rooms.map(
  (room): IForbiddenRuleType => ({
    name: `${room}-knows-only-${['contract', ...(allowed[room] ?? [])].join('-')}`,
    severity: 'error',
    from: { path: `^src-main/${room}/`, pathNot: '\\.test\\.tsx?$' },
    to: { path: '^src-', pathNot: `^src-(preload/contract|main/(${[room, ...(allowed[room] ?? [])].join('|')}))/` },
  }),
);

const only = (name: string, packages: string, from: string): IForbiddenRuleType => ({
  name,
  severity: 'error',
  from: { path: '^src-', pathNot: [from, '\\.test\\.tsx?$'] },
  to: { path: packages },
});

export const forbidden: IForbiddenRuleType[] = [
  ...roomRules,
  {
    name: 'contract-knows-only-zod',
    severity: 'error',
    from: { path: '^src-preload/contract/', pathNot: '\\.test\\.ts$' },
    to: { pathNot: '^(src-preload/contract/|.*node_modules/(zod|@orpc/contract)/)' },
  },
  {
    name: 'preload-knows-only-contract-and-electron',
    severity: 'error',
    from: { path: '^src-preload/[^/]+$' },
    to: { pathNot: '^(src-preload/contract/|.*node_modules/electron/)' },
  },
  {
    name: 'renderer-never-knows-the-core',
    severity: 'error',
    from: { path: '^src-renderer/' },
    to: { path: '^src-(main|preload/[^c])' },
  },
  {
    name: 'renderer-is-not-node',
    severity: 'error',
    from: { path: '^src-renderer/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'features-do-not-know-each-other',
    severity: 'error',
    from: { path: '^src-renderer/features/([^/]+)/' },
    to: { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
  },
  {
    name: 'parts-know-no-store-feature-or-client',
    severity: 'error',
    from: { path: '^src-renderer/ui/' },
    to: { path: '^src-renderer/(app|client|store|features)/' },
  },
  {
    name: 'shells-do-not-know-each-other',
    severity: 'error',
    from: { path: '^src-main/shell/([^/]+)/' },
    to: { path: '^src-main/shell/', pathNot: '^src-main/shell/$1/' },
  },
  {
    name: 'core-never-knows-a-shell-or-the-root',
    severity: 'error',
    from: { path: '^src-main/(?!shell/)[^/]+/' },
    to: { path: '^src-main/(shell/|[^/]+$)' },
  },
  {
    name: 'product-never-knows-lab-bench-or-tests',
    severity: 'error',
    from: { path: '^src-', pathNot: '\\.(test|fixture)\\.tsx?$' },
    to: { path: '^(lab|bench|e2e|scripts)/|\\.(test|fixture)\\.tsx?$' },
  },
  only(
    'electron-only-in-the-desktop-shell',
    '(^|/)node_modules/electron/',
    '^src-main/(shell/desktop/|index\\.ts$)|^src-preload/',
  ),
  only('ssh2-only-in-ssh-and-demo', '(^|/)node_modules/(@types/)?ssh2/', '^src-main/(ssh|demo)/'),
  only('dockerode-only-in-engine', '(^|/)node_modules/(@types/)?(dockerode|docker-modem)/', '^src-main/engine/'),
  only('orpc-server-only-in-router', '(^|/)node_modules/@orpc/server/', '^src-main/router/'),
  only('ws-only-in-the-browser-shell', '(^|/)node_modules/(@types/)?ws/', '^src-main/shell/browser/'),
  only('sqlite-only-in-storage', '^(node:)?sqlite$', '^src-main/storage/'),
  {
    name: 'no-cycles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'everything-resolves',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

export const options: ICruiseOptions = {
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  tsConfig: { fileName: 'tsconfig.json' },
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
};

import { describe, expect, it } from 'vitest';
import type { Protection } from '#contract/fleet.ts';
import { DATA_PATHS, DATABASE_PORTS } from './database-marks.ts';
import { type ProtectionEvidence, protectionOf } from './protection.ts';

const PLAIN: ProtectionEvidence = {
  image: 'ghcr.io/acme/web:3',
  name: 'shop-web-1',
  service: 'web',
  labels: {},
  ports: [],
  mountPaths: [],
};

function tcp(containerPort: number) {
  return { hostIp: null, hostPort: null, containerPort, protocol: 'tcp' as const };
}

const DATABASE_IMAGES = [
  'postgres',
  'postgres:16-alpine',
  'docker.io/library/postgres:16@sha256:9b1c',
  'localhost:5000/postgres',
  'registry.example.com:5000/team/Postgres:15',
  'bitnami/postgresql:15',
  'bitnami/postgresql-repmgr',
  'rhel8/postgresql-13',
  'postgis/postgis:16-3.4',
  'timescale/timescaledb-ha:pg16',
  'pgvector/pgvector:pg16',
  'tensorchord/pgvecto-rs:pg16',
  'supabase/postgres',
  'acme/shop-postgres:7',
  'mysql:8',
  'mysql/mysql-server',
  'linuxserver/mariadb',
  'percona/percona-server-mongodb:6',
  'mongo:7',
  'redis:7',
  'redis/redis-stack-server',
  'valkey/valkey',
  'eqalpha/keydb',
  'docker.dragonflydb.io/dragonflydb/dragonfly',
  'mcr.microsoft.com/mssql/server:2022-latest',
  'mcr.microsoft.com/azure-sql-edge',
  'gvenzl/oracle-free:23',
  'container-registry.oracle.com/database/free',
  'cassandra:4',
  'scylladb/scylla',
  'couchdb:3',
  'couchbase/server',
  'clickhouse/clickhouse-server:24',
  'influxdb:2',
  'docker.elastic.co/elasticsearch/elasticsearch:8.1.0',
  'opensearchproject/opensearch',
  'neo4j:5',
  'cockroachdb/cockroach',
  'quay.io/coreos/etcd:v3.5',
  'rabbitmq:3-management',
  'confluentinc/cp-kafka',
  'minio/minio',
];

const OTHER_IMAGES = [
  'nginx',
  'memcached:1',
  'adminer',
  'phpmyadmin:5',
  'phpmyadmin/phpmyadmin',
  'dpage/pgadmin4',
  'mongo-express',
  'rediscommander/redis-commander',
  'redis/redisinsight',
  'prometheuscommunity/postgres-exporter',
  'prom/mysqld-exporter',
  'oliver006/redis_exporter',
  'edoburu/pgbouncer',
  'mysql/mysql-router:8',
  'prodrigestivill/postgres-backup-local',
  'provectuslabs/kafka-ui',
  'minio/mc',
  'supabase/postgres-meta',
  'postgrest/postgrest',
  'postgres.example.com/acme/web:1',
  'acme/web:postgres',
  'sha256:0f1e2d',
  '',
];

describe('protectionOf', () => {
  it.each(DATABASE_IMAGES)('knows the image %s', (image) => {
    expect(protectionOf({ ...PLAIN, image }, false)).toBe('database');
  });

  it.each(OTHER_IMAGES)('is not taken in by the image %s', (image) => {
    expect(protectionOf({ ...PLAIN, image }, false)).toBeNull();
  });

  it.each([...DATA_PATHS])('knows the data volume %s, whatever the image', (path) => {
    expect(protectionOf({ ...PLAIN, image: 'acme/store:1', mountPaths: [path] }, false)).toBe('database');
  });

  it.each([...DATABASE_PORTS])('knows the port %i beside a name, and not alone', (port) => {
    const judged = ['db', 'web'].map((service) => protectionOf({ ...PLAIN, service, ports: [tcp(port)] }, false));
    expect(judged).toEqual(['database', null]);
  });

  it.each<[string, Partial<ProtectionEvidence>, Protection | null]>([
    ['nothing', {}, null],
    ['a label', { labels: { 'binnacle.protect': 'true' } }, 'label'],
    ['a label in another spelling', { labels: { 'binnacle.protect': ' Yes ' } }, 'label'],
    ['a label that says no', { labels: { 'binnacle.protect': 'false' } }, null],
    ['a label that says something else', { labels: { 'binnacle.protect': 'truely' } }, null],
    ['another label', { labels: { 'binnacle.protected': 'true' } }, null],
    [
      'a label that says no on a database: it takes nothing away',
      { labels: { 'binnacle.protect': 'false' }, image: 'postgres:16' },
      'database',
    ],
    ['a data volume', { mountPaths: ['/etc/acme', '/var/lib/mysql/'] }, 'database'],
    ['a folder in a data volume', { mountPaths: ['/var/lib/mysql/conf.d'] }, null],
    ['a name and a port', { service: 'db', ports: [tcp(5432)] }, 'database'],
    ['a numbered name and a port', { name: 'shop_db1', ports: [tcp(80), tcp(3306)] }, 'database'],
    ['a name in capitals and a port', { name: 'Shop-Postgres-1', ports: [tcp(5432)] }, 'database'],
    ['a port of Redis beside the name of PostgreSQL', { service: 'postgres', ports: [tcp(6379)] }, 'database'],
    ['a name alone', { service: 'db' }, null],
    ['a port alone', { ports: [tcp(5432)] }, null],
    ['the same port over UDP', { service: 'db', ports: [{ ...tcp(5432), protocol: 'udp' }] }, null],
    ['any volume', { mountPaths: ['/data', '/'] }, null],
    ['a pooler with a database port', { service: 'postgres-pooler', ports: [tcp(5432)] }, null],
    ['an exporter that is published', { service: 'mysqld-exporter', ports: [tcp(9104)] }, null],
    ['a backup job with the data volume', { service: 'db-backup', mountPaths: ['/var/lib/postgresql/data'] }, null],
    [
      'an image of its own with an archiver in its name, the port and the files',
      { image: 'acme/postgres-wal-g', ports: [tcp(5432)], mountPaths: ['/var/lib/postgresql/data'] },
      'database',
    ],
  ])('judges by %s', (_, evidence, expected) => {
    expect(protectionOf({ ...PLAIN, ...evidence }, false)).toBe(expected);
  });

  it('tells the strongest of several reasons: database, label, operator', () => {
    const labels = { 'binnacle.protect': 'true' };
    expect([
      protectionOf({ ...PLAIN, image: 'postgres', labels }, true),
      protectionOf({ ...PLAIN, labels }, true),
      protectionOf(PLAIN, true),
    ]).toEqual(['database', 'label', 'operator']);
  });
});

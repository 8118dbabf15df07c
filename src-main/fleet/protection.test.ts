import { describe, expect, it } from 'vitest';
import { isProtected, type ProtectionEvidence } from './protection.ts';

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

describe('isProtected', () => {
  it.each(DATABASE_IMAGES)('knows the image %s', (image) => {
    expect(isProtected({ ...PLAIN, image })).toBe(true);
  });

  it.each(OTHER_IMAGES)('is not taken in by the image %s', (image) => {
    expect(isProtected({ ...PLAIN, image })).toBe(false);
  });

  it.each<[string, Partial<ProtectionEvidence>, boolean]>([
    ['a label', { labels: { 'binnacle.protect': 'true' } }, true],
    ['a label in another spelling', { labels: { 'binnacle.protect': ' Yes ' } }, true],
    ['a label that says no', { labels: { 'binnacle.protect': 'false' } }, false],
    [
      'a label that says no on a database: it takes nothing away',
      { labels: { 'binnacle.protect': 'false' }, image: 'postgres:16' },
      true,
    ],
    ['a data volume', { mountPaths: ['/etc/acme', '/var/lib/mysql/'] }, true],
    ['a name and a port', { service: 'db', ports: [tcp(5432)] }, true],
    ['a numbered name and a port', { name: 'shop_db1', ports: [tcp(80), tcp(3306)] }, true],
    ['a name alone', { service: 'db' }, false],
    ['a port alone', { ports: [tcp(5432)] }, false],
    ['the same port over UDP', { service: 'db', ports: [{ ...tcp(5432), protocol: 'udp' }] }, false],
    ['any volume', { mountPaths: ['/data', '/'] }, false],
    ['a pooler with a database port', { service: 'postgres-pooler', ports: [tcp(5432)] }, false],
    ['a backup job with the data volume', { service: 'db-backup', mountPaths: ['/var/lib/postgresql/data'] }, false],
    [
      'an image of its own with an archiver in its name, the port and the files',
      { image: 'acme/postgres-wal-g', ports: [tcp(5432)], mountPaths: ['/var/lib/postgresql/data'] },
      true,
    ],
  ])('judges by %s', (_, evidence, expected) => {
    expect(isProtected({ ...PLAIN, ...evidence })).toBe(expected);
  });
});

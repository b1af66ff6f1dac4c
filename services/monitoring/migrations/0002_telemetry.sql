-- Who found what an alert tells: Monitoring's own rules, or Prometheus'.
alter table alerts add column source text not null default 'monitoring';

-- Of the service that keeps a chain of records only.
alter table samples add column chain_intact boolean;

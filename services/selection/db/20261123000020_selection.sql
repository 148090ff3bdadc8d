-- Programmes and tick sheets; resources, needs with their claims, projects; copies of the registry's communities and
-- units. Every key leads with the street.
--
-- What a field may be without looking at others is a rule of the service; what fields must be to each other stands
-- here, under a name.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- The copies: what the registry said last.
CREATE TABLE community (
    street text NOT NULL,
    community_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT community_pkey PRIMARY KEY (street, community_id)
);
CREATE TABLE unit (
    street text NOT NULL,
    unit_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT unit_pkey PRIMARY KEY (street, unit_id)
);

CREATE DOMAIN programme_year AS integer CONSTRAINT programme_year CHECK (VALUE BETWEEN 2000 AND 2100);
CREATE DOMAIN programme_name AS text CONSTRAINT programme_name CHECK (char_length(VALUE) BETWEEN 1 AND 60);
CREATE DOMAIN programme_status AS text CONSTRAINT programme_status CHECK (VALUE IN ('DRAFT', 'PUBLISHED', 'CLOSED'));
CREATE TABLE programme (
    street text NOT NULL,
    programme_id uuid NOT NULL,
    year programme_year NOT NULL,
    name programme_name NOT NULL,
    catalogue jsonb NOT NULL,
    electives_min integer NOT NULL,
    tick_from_on date NOT NULL,
    tick_until_on date NOT NULL,
    status programme_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT programme_pkey PRIMARY KEY (street, programme_id),
    CONSTRAINT programme_name_key UNIQUE (street, year, name),
    CONSTRAINT programme_window CHECK (tick_from_on <= tick_until_on),
    CONSTRAINT programme_electives CHECK (electives_min BETWEEN 0 AND jsonb_array_length(
        jsonb_path_query_array(catalogue, '$.projects[*] ? (@.kind == "CATALOGUE_PROJECT_KIND_ELECTIVE")')))
);

CREATE DOMAIN tick_sheet_status AS text CONSTRAINT tick_sheet_status CHECK (VALUE IN ('DRAFT', 'SUBMITTED',
    'CONFIRMED', 'RETURNED'));
CREATE TABLE tick_sheet (
    street text NOT NULL,
    sheet_id uuid NOT NULL,
    programme_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    project_ids uuid[] NOT NULL,
    status tick_sheet_status NOT NULL,
    reason text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT tick_sheet_pkey PRIMARY KEY (street, sheet_id),
    CONSTRAINT tick_sheet_unit_key UNIQUE (street, programme_id, unit_id),
    CONSTRAINT tick_sheet_programme FOREIGN KEY (street, programme_id) REFERENCES programme
);

CREATE DOMAIN resource_name AS text CONSTRAINT resource_name CHECK (char_length(VALUE) BETWEEN 1 AND 120);
CREATE DOMAIN resource_category AS text CONSTRAINT resource_category CHECK (VALUE IN ('VENUE', 'BENEFIT', 'SKILL',
    'SERVICE'));
CREATE DOMAIN resource_capacity AS integer CONSTRAINT resource_capacity CHECK (VALUE BETWEEN 0 AND 100000);
CREATE DOMAIN resource_conditions_version AS integer CONSTRAINT resource_conditions_version CHECK (VALUE > 0);
CREATE DOMAIN resource_status AS text CONSTRAINT resource_status CHECK (VALUE IN ('OFFERED', 'PAUSED', 'WITHDRAWN'));
CREATE TABLE resource (
    street text NOT NULL,
    resource_id uuid NOT NULL,
    community_id uuid,
    unit_id uuid,
    name resource_name NOT NULL,
    category resource_category NOT NULL,
    capacity resource_capacity NOT NULL,
    opening jsonb,
    conditions jsonb NOT NULL,
    conditions_version resource_conditions_version NOT NULL,
    status resource_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT resource_pkey PRIMARY KEY (street, resource_id),
    CONSTRAINT resource_owner CHECK (community_id IS NULL OR unit_id IS NULL),
    CONSTRAINT resource_opening CHECK (NOT jsonb_path_exists(opening, '$.windows[*] ? (@.from >= @.until)')),
    CONSTRAINT resource_everyone CHECK (NOT (conditions ? 'everyone'
        AND conditions ?| ARRAY['communityIds', 'unitIds', 'groups'])),
    CONSTRAINT resource_often CHECK ((conditions ? 'oftenTimes') = (conditions ? 'oftenDays'))
);
-- Those of the street itself have no owner: NULLs count as the same.
CREATE UNIQUE INDEX resource_name_key ON resource (street, name, coalesce(community_id, unit_id,
    '00000000-0000-0000-0000-000000000000')) WHERE status <> 'WITHDRAWN';

-- What opening and conditions were; insert-only.
CREATE TABLE resource_version (
    street text NOT NULL,
    version_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    version integer NOT NULL,
    opening jsonb,
    conditions jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT resource_version_pkey PRIMARY KEY (street, version_id),
    CONSTRAINT resource_version_key UNIQUE (street, resource_id, version),
    CONSTRAINT resource_version_resource FOREIGN KEY (street, resource_id) REFERENCES resource
);

CREATE DOMAIN need_title AS text CONSTRAINT need_title CHECK (char_length(VALUE) BETWEEN 1 AND 120);
CREATE DOMAIN need_description AS text CONSTRAINT need_description CHECK (char_length(VALUE) <= 2000);
CREATE DOMAIN need_category AS text CONSTRAINT need_category CHECK (VALUE IN ('VENUE', 'BENEFIT', 'SKILL',
    'SERVICE'));
CREATE DOMAIN need_quantity AS integer CONSTRAINT need_quantity CHECK (VALUE BETWEEN 1 AND 100000);
CREATE DOMAIN need_priority AS text CONSTRAINT need_priority CHECK (VALUE IN ('LOW', 'MEDIUM', 'HIGH'));
CREATE DOMAIN need_status AS text CONSTRAINT need_status CHECK (VALUE IN ('OPEN', 'CLAIMED', 'IN_PROGRESS',
    'DONE', 'ACCEPTED', 'CALLED_OFF'));
CREATE TABLE need (
    street text NOT NULL,
    need_id uuid NOT NULL,
    community_id uuid,
    unit_id uuid,
    title need_title NOT NULL,
    description need_description NOT NULL,
    category need_category NOT NULL,
    quantity need_quantity NOT NULL,
    wanted_from_on date NOT NULL,
    wanted_to_on date NOT NULL,
    priority need_priority NOT NULL,
    deadline_on date,
    status need_status NOT NULL,
    claim_id uuid,
    project_id uuid,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT need_pkey PRIMARY KEY (street, need_id),
    CONSTRAINT need_owner CHECK (community_id IS NULL OR unit_id IS NULL),
    CONSTRAINT need_window CHECK (wanted_from_on <= wanted_to_on)
);

CREATE DOMAIN claim_note AS text CONSTRAINT claim_note CHECK (char_length(VALUE) <= 500);
CREATE DOMAIN claim_status AS text CONSTRAINT claim_status CHECK (VALUE IN ('SUBMITTED', 'APPROVED', 'DONE',
    'ACCEPTED', 'REFUSED', 'LEFT', 'REVOKED'));
CREATE TABLE claim (
    street text NOT NULL,
    claim_id uuid NOT NULL,
    need_id uuid NOT NULL,
    lead_unit_id uuid NOT NULL,
    partner_unit_ids uuid[] NOT NULL,
    resource_id uuid,
    note claim_note NOT NULL,
    status claim_status NOT NULL,
    reason text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (street, claim_id),
    CONSTRAINT claim_partners CHECK (lead_unit_id <> ALL (partner_unit_ids)),
    CONSTRAINT claim_need FOREIGN KEY (street, need_id) REFERENCES need,
    CONSTRAINT claim_resource FOREIGN KEY (street, resource_id) REFERENCES resource
);
-- Of two units that claim one need, one does.
CREATE UNIQUE INDEX claim_live_key ON claim (street, need_id) WHERE status NOT IN ('REFUSED', 'LEFT', 'REVOKED');

CREATE DOMAIN project_title AS text CONSTRAINT project_title CHECK (char_length(VALUE) BETWEEN 1 AND 120);
CREATE DOMAIN project_unit_ids AS uuid[] CONSTRAINT project_unit_ids CHECK (cardinality(VALUE) BETWEEN 1 AND 50);
CREATE DOMAIN project_community_ids AS uuid[] CONSTRAINT project_community_ids CHECK (cardinality(VALUE) <= 20);
CREATE DOMAIN project_outcome AS text CONSTRAINT project_outcome CHECK (char_length(VALUE) <= 2000);
CREATE DOMAIN project_status AS text CONSTRAINT project_status CHECK (VALUE IN ('PLANNED', 'IN_PROGRESS',
    'COMPLETED', 'CANCELLED'));
CREATE TABLE project (
    street text NOT NULL,
    project_id uuid NOT NULL,
    community_id uuid,
    title project_title NOT NULL,
    unit_ids project_unit_ids NOT NULL,
    lead_unit_id uuid,
    community_ids project_community_ids NOT NULL,
    grew_from jsonb,
    milestones jsonb,
    outcome project_outcome NOT NULL,
    status project_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT project_pkey PRIMARY KEY (street, project_id),
    CONSTRAINT project_lead CHECK (lead_unit_id = ANY (unit_ids)),
    CONSTRAINT project_catalogue CHECK ((grew_from ? 'programmeId') = (grew_from ? 'catalogueProjectId')),
    CONSTRAINT project_completed CHECK (status <> 'COMPLETED' OR outcome <> '')
);

ALTER TABLE community ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE programme ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE tick_sheet ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE resource ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE resource_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE need ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE claim ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE project ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON community USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON unit USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON programme USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON tick_sheet USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON resource USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON resource_version USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON need USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON claim USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON project USING (street = current_setting('jusha.street', true));

GRANT SELECT, INSERT, UPDATE, DELETE ON community, unit TO selection;
GRANT SELECT, INSERT, UPDATE ON programme, tick_sheet, resource, need, claim, project TO selection;
GRANT SELECT, INSERT ON resource_version TO selection;

-- migrate:down
DROP TABLE project, claim, need, resource_version, resource, tick_sheet, programme, unit, community;
DROP DOMAIN programme_year, programme_name, programme_status, tick_sheet_status, resource_name, resource_category,
    resource_capacity, resource_conditions_version, resource_status, need_title, need_description, need_category,
    need_quantity, need_priority, need_status, claim_note, claim_status, project_title, project_unit_ids,
    project_community_ids, project_outcome, project_status;

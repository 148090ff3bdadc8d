/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - jusha load DIR: a street's CSV files through the public methods
 *
 * All files are read and checked first. Then, file by file: what the server has is listed, rows
 * that differ are created or updated, many at a time. What is equal is left alone, so a second run
 * changes nothing.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "command.h"
#include "json_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "load_send.h"
#include "refusal.h"
#include "session.h"

struct arguments {
    struct options common;
    const char *folder, *operator_certificate;
    bool dry_run;
};

/* Order matters: everything lies in the street. */
enum { STREET, COMMUNITIES, UNITS, SHEETS };
static const struct sheet *const sheets[SHEETS] = {&street_sheet, &community_sheet, &unit_sheet};

struct load {
    const struct arguments *arguments;
    struct options options; /* with the street that is loaded */
    struct session *session;
    struct report report;
    struct sheet_rows files[SHEETS];
};

enum option_key { KEY_OPERATOR = 'o', KEY_DRY_RUN = 'n' };

static const struct argp_option rows[] = {
    {"operator-certificate", KEY_OPERATOR, "FILE", 0,
     "Certificate of an operator, to create a street that is not there yet"
     " (JUSHA_OPERATOR_CERTIFICATE)",
     0},
    {"dry-run", KEY_DRY_RUN, 0, 0, "Say what would be done and change nothing", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_OPERATOR:
        arguments->operator_certificate = value;
        return 0;
    case KEY_DRY_RUN:
        arguments->dry_run = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "\"%s\" is one DIR too many", value);
        arguments->folder = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "DIR is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* False after a fault: a file cannot be used, so nothing is loaded at all. */
static bool read_files(const void *parent, struct load *load)
{
    const char *given = *load->options.street == '\0' ? NULL : load->options.street;
    struct report *report = &load->report;
    bool usable = true, any = false;

    for (int i = 0; i < SHEETS; i++) {
        usable &=
            sheet_read(parent, sheets[i], load->arguments->folder, given, report, &load->files[i]);
        any |= load->files[i].present;
    }
    if (!any) {
        report_fault(report, load->arguments->folder, 0, NULL,
                     "none of street.csv, communities.csv and units.csv is in it");
        return false;
    }
    struct sheet_rows *street = &load->files[STREET];
    for (size_t i = 1; i < street->count; i++) {
        report_fault(report, street_sheet.file, street->rows[i].line, NULL,
                     "a folder holds one street");
        usable = false;
    }
    return usable;
}

/* False after a fault: nobody says which street. */
static bool choose_street(struct load *load)
{
    const struct sheet_rows *street = &load->files[STREET];

    if (*load->options.street == '\0' && street->count > 0)
        load->options.street = json_path_text(street->rows[0].object, "street");
    load->report.street = load->options.street;
    if (text_is_slug(load->options.street))
        return true;
    if (*load->options.street != '\0')
        report_fault(&load->report, street_sheet.file, 0, "slug",
                     "it must be a small letter, then 1-31 of a-z, 0-9 and '-'");
    else if (load->report.faults == 0)
        report_fault(&load->report, street_sheet.file, 0, NULL,
                     "it is not there or empty; --street says which street is meant");
    return false;
}

/* The street's own row of a load: not listed but got, made by an operator. */
static enum status create_street(struct load *load, const void *parent, const json_t *request)
{
    const struct arguments *arguments = load->arguments;
    const struct sheet_row *row = &load->files[STREET].rows[0];
    struct session *session = load->session;
    const Bus__ReplyHeader *header;
    json_t *response;

    if (arguments->operator_certificate != NULL)
        session = session_open(&load->options, arguments->operator_certificate);
    if (session == NULL) {
        report_fault(&load->report, street_sheet.file, row->line, NULL,
                     "the operator's certificate cannot be used");
        return STATUS_INVALID_ARGUMENT;
    }
    enum status status =
        load_ask(session, parent, street_sheet.create, request, &header, &response);
    if (status == STATUS_OK)
        json_decref(response);
    else
        load_refused(&load->report, &street_sheet, row->line, header);
    if (status == STATUS_PERMISSION_DENIED && arguments->operator_certificate == NULL)
        report_fault(&load->report, street_sheet.file, row->line, NULL,
                     "--operator-certificate is needed to create it");
    if (session != load->session)
        session_close(&session);
    return status;
}

/* STATUS_OK when the street is there, or, in a dry run, would be: then *ret_new is true. */
static enum status load_street(struct load *load, const void *parent, bool *ret_new)
{
    struct sheet_rows *file = &load->files[STREET];
    const Bus__ReplyHeader *header;
    json_t *nothing = json_object(), *response = NULL, *request = NULL;
    enum status status =
        load_ask(load->session, parent, street_sheet.list, nothing, &header, &response);
    size_t line = file->count > 0 ? file->rows[0].line : 0;

    json_decref(nothing);
    if (status != STATUS_OK && (status != STATUS_NOT_FOUND || file->count == 0)) {
        load_refused(&load->report, &street_sheet, line, header);
        for (size_t i = 0; i < file->count; i++)
            report_row(file->totals, ROW_FAILED);
    } else if (status == STATUS_NOT_FOUND) {
        plan_row(file, &file->rows[0], NULL, &request);
        *ret_new = true;
        status = load->report.dry_run ? STATUS_OK : create_street(load, parent, request);
        report_row(file->totals, status == STATUS_OK ? ROW_CREATED : ROW_FAILED);
    } else if (file->count > 0) {
        struct plan_index index;
        plan_index_init(&index, &street_sheet);
        plan_index_add(&index, json_object_get(response, street_sheet.object));
        load_send(load->session, file, &index, &load->report);
        plan_index_clear(&index);
    }
    json_decref(request);
    json_decref(response);
    return status;
}

static void load_file(struct load *load, const struct sheet_rows *file, bool street_is_new)
{
    void *memory = talloc_new(NULL);
    const Bus__ReplyHeader *header;
    struct plan_index index;
    enum status status = STATUS_OK;

    plan_index_init(&index, file->sheet);
    if (!(street_is_new && load->report.dry_run)) /* there is nothing to list then */
        status = load_list(load->session, memory, &index, &header);
    if (status == STATUS_OK) {
        load_send(load->session, file, &index, &load->report);
    } else {
        load_refused(&load->report, file->sheet, 0, header);
        for (size_t i = 0; i < file->count; i++)
            report_row(file->totals, ROW_FAILED);
    }
    plan_index_clear(&index);
    talloc_free(memory);
}

static void load_all(struct load *load)
{
    void *memory = talloc_new(NULL);
    bool street_is_new = false,
         street_is_there = load_street(load, memory, &street_is_new) == STATUS_OK;

    for (int i = COMMUNITIES; i < SHEETS; i++) {
        const struct sheet_rows *file = &load->files[i];

        if (file->present && street_is_there && !load->report.unreachable)
            load_file(load, file, street_is_new);
        else
            for (size_t row = 0; row < file->count; row++)
                report_row(file->totals, ROW_FAILED);
    }
    talloc_free(memory);
}

static enum exit_code load_folder(const void *parent, const struct arguments *arguments)
{
    struct load load = {.arguments = arguments, .options = arguments->common};
    struct stat folder;
    enum exit_code code = EXIT_CODE_USAGE;

    if (stat(arguments->folder, &folder) != 0 || !S_ISDIR(folder.st_mode)) {
        fprintf(stderr, "jusha: %s is no folder\n", arguments->folder);
        return EXIT_CODE_USAGE;
    }
    report_init(&load.report, &load.options, arguments->dry_run);
    if (!read_files(parent, &load) || !choose_street(&load)) {
        code = report_end(&load.report);
    } else if ((load.session = session_open(&load.options, NULL)) != NULL) {
        load_all(&load);
        session_close(&load.session);
        code = report_end(&load.report);
    }
    report_clear(&load.report);
    return code;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .args_doc = "DIR",
        .doc =
            "Load street.csv, communities.csv and units.csv of DIR: create what is missing, update"
            " what differs, leave alone what is equal."
            "\vFiles are UTF-8 with a header row. A unit is known by its credit_code or name, a"
            " community by its name. --street loads into that street whatever the slug in"
            " street.csv says. Bad rows are named by line and column and all others are loaded;"
            " running it again is safe.",
        .children = children};
    struct arguments arguments = {.common = *common,
                                  .operator_certificate = getenv("JUSHA_OPERATOR_CERTIFICATE")};

    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    void *memory = talloc_new(NULL);
    enum exit_code code = load_folder(memory, &arguments);
    talloc_free(memory);
    return code;
}

const struct command load_command = {
    .name = "load", .help = "load a street's CSV files, safe to run twice", .run = run};

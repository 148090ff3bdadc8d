/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - jusha load DIR: a street's CSV files through the public methods
 *
 * All files are read and checked first. Then, sheet by sheet: what the server has is listed, rows
 * that differ are created or updated, many at a time. What is equal is left alone, so a second run
 * changes nothing. Faults and refusals go to the report, which makes the exit code; a file that
 * cannot be read at all stops everything before anything is sent. Read from the end: load_files.
 *
 * Sample data of a past summer are moved by whole weeks (--shift-weeks). "auto" counts from the day
 * on which the street was created, so that every later run finds what the first one loaded.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "command.h"
#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "output.h"
#include "refusal.h"
#include "send.h"
#include "session.h"
#include "usage.h"

struct arguments {
    struct options common;
    const char *folder, *operator_certificate;
    bool dry_run, auto_weeks;
    enum encoding encoding; /* UNKNOWN: it is judged */
    int weeks;
};

struct load {
    const struct arguments *arguments;
    struct options options; /* with the street that is loaded */
    struct sheet_options sheet_options;
    struct session *session; /* NULL until it is needed */
    struct lease lease;
    struct report report;
    struct plan plan;
    struct sheet_rows rows[SHEETS_MAX]; /* like sheets: the street's is the first */
};

enum { STREET = 0, SHIFT_MAX = 10000 };
enum option_key { KEY_OPERATOR = 'o', KEY_DRY_RUN = 'n', KEY_SHIFT = 'w', KEY_ENCODING = 'e' };

static const struct argp_option options[] = {
    {"operator-certificate", KEY_OPERATOR, SPOKEN("FILE"), 0,
     SPOKEN("Certificate of an operator, to create a street that is not there yet"
            " (JUSHA_OPERATOR_CERTIFICATE)"),
     0},
    {"dry-run", KEY_DRY_RUN, 0, 0, SPOKEN("Say what would be done and change nothing"), 0},
    {"encoding", KEY_ENCODING, SPOKEN("NAME"), 0,
     SPOKEN("What the files are in: utf-8 or gb18030. Only needed for one that may be both"), 0},
    {"shift-weeks", KEY_SHIFT, "N", 0,
     SPOKEN("Move every day by so many weeks (default 0); \"auto\": sample days, whose day 0 is"
            " Monday 2020-06-29, so that day 0 is the Monday after the street was created"),
     0},
    {0},
};

static void parse_shift(struct arguments *arguments, const char *value, struct argp_state *state)
{
    int64_t weeks = 0;

    arguments->auto_weeks = strcmp(value, "auto") == 0;
    if (!arguments->auto_weeks && !options_read_number(value, -SHIFT_MAX, SHIFT_MAX, &weeks))
        usage_error(state, speak("--shift-weeks must be %d to %d or \"auto\""), -SHIFT_MAX,
                    SHIFT_MAX);
    arguments->weeks = (int)weeks;
}

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
    case KEY_ENCODING:
        arguments->encoding = encoding_of(value);
        if (arguments->encoding == ENCODING_UNKNOWN)
            usage_error(state, "%s", speak("--encoding must be utf-8 or gb18030"));
        return 0;
    case KEY_SHIFT:
        parse_shift(arguments, value, state);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            usage_error(state, speak("\"%s\" is one DIR too many"), value);
        arguments->folder = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        usage_error(state, "%s", speak("DIR is missing"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The file's columns that no sheet knows. */
static void tell_unknown(const void *parent, const struct load *load, const struct load_file *file)
{
    char *unknown = mem_text(parent, "");

    for (size_t i = 0; i < file->csv.header.count; i++) {
        const char *column = file->csv.header.cells[i].text;

        if (*column != '\0' && !sheet_knows_column(file->name, column))
            unknown = mem_check(
                talloc_asprintf_append(unknown, "%s%s", *unknown == '\0' ? "" : ", ", column));
    }
    if (*unknown != '\0' && !load->report.options->json)
        fprintf(stderr, speak("%s: not loaded: %s\n"), file->name, unknown);
}

/* One file with all its sheets, from sheets[first] on. False after a fault: it cannot be used. */
static bool read_file(const void *parent, struct load *load, size_t first)
{
    const char *name = sheets[first]->file;
    struct load_file file;

    if (!load_file_read(parent, load->arguments->folder, name, load->arguments->encoding,
                        &load->report, &file))
        return false;
    if (file.present)
        tell_unknown(parent, load, &file);
    for (size_t i = first; sheets[i] != NULL && strcmp(sheets[i]->file, name) == 0; i++)
        if (!sheet_read(parent, sheets[i], &file, &load->sheet_options, &load->report,
                        &load->rows[i]))
            return false;
    return true;
}

/* False after a fault: more than one street. */
static bool read_street(const void *parent, struct load *load)
{
    struct sheet_rows *street = &load->rows[STREET];

    if (*load->options.street != '\0')
        load->sheet_options.slug = load->options.street;
    bool usable = read_file(parent, load, STREET);
    for (size_t i = 1; i < street->count; i++) {
        report_fault(&load->report, street_sheet.file, street->rows[i].line, NULL,
                     "a folder holds one street");
        usable = false;
    }
    return usable;
}

/* False after a fault: a file cannot be used, so nothing is loaded at all. */
static bool read_files(const void *parent, struct load *load)
{
    bool usable = true, any = load->rows[STREET].present;

    for (size_t i = STREET + 1; sheets[i] != NULL; i++) {
        if (strcmp(sheets[i]->file, sheets[i - 1]->file) != 0)
            usable &= read_file(parent, load, i);
        any |= load->rows[i].present;
    }
    if (usable && !any) {
        report_fault(&load->report, load->arguments->folder, 0, NULL,
                     "no file in it has a name that is known");
        return false;
    }
    return usable;
}

/* False after a fault: nobody says which street. */
static bool choose_street(struct load *load)
{
    const struct sheet_rows *street = &load->rows[STREET];

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
    const struct sheet_row *row = &load->rows[STREET].rows[0];
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
        ask(session, parent, street_sheet.create, NULL, request, &header, &response);
    if (status == STATUS_OK) {
        session_note(load->session, header);
        json_decref(response);
    } else {
        load_refused(load->session, &load->report, &street_sheet, row->line, header);
    }
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
    struct sheet_rows *file = &load->rows[STREET];
    const Bus__ReplyHeader *header;
    json_t *nothing = json_object(), *response = NULL, *request = NULL;
    enum status status =
        ask(load->session, parent, street_sheet.list, NULL, nothing, &header, &response);
    size_t line = file->count > 0 ? file->rows[0].line : 0;

    json_decref(nothing);
    if (status != STATUS_OK && (status != STATUS_NOT_FOUND || file->count == 0)) {
        load_refused(load->session, &load->report, &street_sheet, line, header);
        for (size_t i = 0; i < file->count; i++)
            report_row(file->totals, ROW_FAILED);
    } else if (status == STATUS_NOT_FOUND) {
        plan_row(file, &file->rows[0], NULL, &request);
        *ret_new = true;
        status = load->report.dry_run ? STATUS_OK : create_street(load, parent, request);
        report_row(file->totals, status == STATUS_OK ? ROW_CREATED : ROW_FAILED);
    } else if (file->count > 0) {
        plan_index_add(plan_of(&load->plan, &street_sheet),
                       json_object_get(response, street_sheet.object));
        load_send(&load->lease, load->session, file, &load->plan, &load->report);
    }
    json_decref(request);
    json_decref(response);
    return status;
}

/* What the server has of the sheet and of all that its rows may name. */
static enum status list_all(struct load *load, const void *parent, const struct sheet *sheet,
                            const Bus__ReplyHeader **ret_header)
{
    enum status status = load_list(load->session, parent, plan_of(&load->plan, sheet), ret_header);

    for (size_t i = 0; status == STATUS_OK && i < sheet_columns(sheet); i++)
        for (size_t j = 0; status == STATUS_OK && j < SHEET_TARGETS; j++)
            if (sheet->columns[i].targets[j].sheet != NULL)
                status =
                    load_list(load->session, parent,
                              plan_of(&load->plan, sheet->columns[i].targets[j].sheet), ret_header);
    return status;
}

static void load_sheet(struct load *load, struct sheet_rows *rows, bool street_is_new)
{
    void *memory = talloc_new(NULL);
    const Bus__ReplyHeader *header;
    enum status status = STATUS_OK;

    if (!(street_is_new && load->report.dry_run)) /* there is nothing to list then */
        status = list_all(load, memory, rows->sheet, &header);
    if (status == STATUS_OK) {
        load_send(&load->lease, load->session, rows, &load->plan, &load->report);
    } else {
        load_refused(load->session, &load->report, rows->sheet, 0, header);
        for (size_t i = 0; i < rows->count; i++)
            report_row(rows->totals, ROW_FAILED);
    }
    talloc_free(memory);
}

static void load_all(struct load *load)
{
    void *memory = talloc_new(NULL);
    bool street_is_new = false,
         goes_on = load_street(load, memory, &street_is_new) == STATUS_OK &&
                   (load->report.dry_run || lease_take(&load->lease, load->session, &load->report));

    for (size_t i = STREET + 1; sheets[i] != NULL; i++) {
        struct sheet_rows *rows = &load->rows[i];

        if (rows->present && goes_on && !load->report.unreachable)
            load_sheet(load, rows, street_is_new);
        else
            for (size_t row = 0; row < rows->count; row++)
                report_row(rows->totals, ROW_FAILED);
    }
    lease_give_back(&load->lease, &load->report);
    talloc_free(memory);
}

static bool open_session(struct load *load)
{
    if (load->session == NULL)
        load->session = session_open(&load->options, NULL);
    return load->session != NULL;
}

/* Weeks from the sample's day 0 to the Monday after the street was created: today, if it is not
 * there yet. False after a fault. */
static bool count_weeks(struct load *load)
{
    void *memory = talloc_new(NULL);
    const Bus__ReplyHeader *header;
    json_t *nothing = json_object(), *response = NULL;
    enum status status =
        ask(load->session, memory, street_sheet.list, NULL, nothing, &header, &response);
    int64_t seconds = clock_unix_us() / 1000000;
    int32_t nanos;
    bool known = status == STATUS_NOT_FOUND ||
                 (status == STATUS_OK &&
                  clock_parse(json_path_text(response, "street.create_time"), &seconds, &nanos));

    load->sheet_options.weeks = cell_weeks_to(seconds);
    if (!known)
        load_refused(load->session, &load->report, &street_sheet, 0, header);
    json_decref(response);
    json_decref(nothing);
    talloc_free(memory);
    return known;
}

/* Reads everything, then sends everything. */
static enum exit_code load_files(const void *parent, struct load *load)
{
    load->sheet_options.weeks = load->arguments->weeks;
    bool usable = read_street(parent, load) && choose_street(load);
    if (usable && load->arguments->auto_weeks) {
        if (!open_session(load))
            return EXIT_CODE_USAGE;
        usable = count_weeks(load);
    }
    if (!usable || !read_files(parent, load))
        return report_end(&load->report);
    if (!open_session(load))
        return EXIT_CODE_USAGE;
    load_all(load);
    return report_end(&load->report);
}

static enum exit_code load_folder(const void *parent, const struct arguments *arguments)
{
    struct load *load = mem_new(parent, struct load);
    struct stat folder;

    load->arguments = arguments;
    load->options = arguments->common;
    if (stat(arguments->folder, &folder) != 0 || !S_ISDIR(folder.st_mode))
        return complain(EXIT_CODE_USAGE, speak("%s is no folder"), arguments->folder);
    report_init(&load->report, &load->options, arguments->dry_run);
    plan_init(&load->plan);
    enum exit_code code = load_files(parent, load);
    session_close(&load->session);
    plan_clear(&load->plan);
    report_clear(&load->report);
    return code;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "DIR",
        .doc = SPOKEN(
            "Load the CSV files of DIR: create what is missing, update what differs, leave"
            " alone what is equal.") "\v" SPOKEN("street, communities, units (with pairing, "
                                                 "alliance, contact and agreement),"
                                                 " programme, resources, needs, volunteers, "
                                                 "series; files are UTF-8 or GB18030 with a header"
                                                 " row, and none of them must be there. Objects "
                                                 "are known by their names: a unit by"
                                                 " its credit_code or name, a need by who raised "
                                                 "it and its title. Programme and"
                                                 " series stay drafts until somebody publishes "
                                                 "them. --street loads into that street"
                                                 " whatever the slug in street.csv says. Bad rows "
                                                 "are named by line and column and"
                                                 " all others are loaded; running it again is "
                                                 "safe."),
        .children = children};
    struct arguments arguments = {.common = *common,
                                  .operator_certificate = getenv("JUSHA_OPERATOR_CERTIFICATE")};

    usage_parse(&argp, argc, argv, 0, &arguments);
    void *memory = talloc_new(NULL);
    enum exit_code code = load_folder(memory, &arguments);
    talloc_free(memory);
    return code;
}

const struct command load_command = {
    .name = "load", .help = SPOKEN("load a street's CSV files, safe to run twice"), .run = run};

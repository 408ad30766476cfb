/* GNU readline for Swift. Its settings are global variables, which Swift 6 does not let one write: setters instead. */
#ifndef LUCID86_CREADLINE_H
#define LUCID86_CREADLINE_H

#include <stdio.h>
#include <stdlib.h>
#include <readline/history.h>
#include <readline/readline.h>

static inline void lucid_rl_set_name(const char *name) { rl_readline_name = name; }
static inline void lucid_rl_set_completion(char **(*function)(const char *, int, int)) {
    rl_attempted_completion_function = function;
}
static inline void lucid_rl_set_word_breaks(const char *characters) { rl_completer_word_break_characters = characters; }
/* No file names where nothing else fits. */
static inline void lucid_rl_end_completion(void) { rl_attempted_completion_over = 1; }
static inline void lucid_rl_set_signal_hook(int (*hook)(void)) { rl_signal_event_hook = hook; }
static inline const char *lucid_rl_line(void) { return rl_line_buffer ? rl_line_buffer : ""; }
/* The newest line of the history, or an empty one. */
static inline const char *lucid_rl_last_line(void) {
    HIST_ENTRY *entry = history_length > 0 ? history_get(history_base + history_length - 1) : 0;
    return entry && entry->line ? entry->line : "";
}
static inline void lucid_rl_leave(void) { rl_done = 1; }
/* Throws away what was typed and shows a fresh prompt. */
static inline void lucid_rl_fresh_prompt(void) {
    rl_replace_line("", 0);
    rl_crlf();
    rl_on_new_line();
    rl_redisplay();
}

#endif

/* Decides where the caller's images, layers and mirrors are. Pure: only paths, of environment variables. */
#pragma once

#include "common/error.h"

/* A directory of ours for this caller, normalised. The first variable that is set says where; one that is empty is not
 * set, and a relative path is passed over (XDG Base Directory Specification) but in one of our own. `environment` may
 * be NULL. 0: *dir is the caller's to free, or NULL where no variable names one; -1 with err: the variable holds no
 * path, or memory ran out.
 *
 * $COFFERDAM_IMAGES; $XDG_DATA_HOME/cofferdam/images; $HOME/.local/share/cofferdam/images */
int own_dir_images(char *const *environment, char **dir, struct error *err);

/* $COFFERDAM_LAYERS; $XDG_CACHE_HOME/cofferdam/layers; $HOME/.cache/cofferdam/layers */
int own_dir_layers(char *const *environment, char **dir, struct error *err);

/* $XDG_RUNTIME_DIR/cofferdam-mirrors */
int own_dir_mirrors(char *const *environment, char **dir, struct error *err);

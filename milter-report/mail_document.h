// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/document.h"
#include "milter-report/model/mail_story.h"

namespace milter_manager::report {

// A mail's story as a section of the document.
void add_story(const MailStory& story, Document& document);
// Mails that were refused before they had a queue id.
void add_refusals(const MailSearch& search, Document& document);

}  // namespace milter_manager::report

// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/typesetter.h"

#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <unordered_map>

namespace milter_manager::log_analyzer {
namespace {

template <auto kRelease>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    kRelease(object);
  }
};
using FontMap = std::unique_ptr<PangoFontMap, Release<g_object_unref>>;
using Context = std::unique_ptr<PangoContext, Release<g_object_unref>>;
using Layout = std::unique_ptr<PangoLayout, Release<g_object_unref>>;
using Font = std::unique_ptr<PangoFontDescription, Release<pango_font_description_free>>;
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Pen = std::unique_ptr<cairo_t, Release<cairo_destroy>>;

// Enough for the texts of some hundred pictures.
constexpr std::size_t kMostKept = 4096;
constexpr int kWidest = 4096;  // dots

// Lines are this much higher than their letters' square: room for accents above and tails below.
int line_height(int size) { return size * 3 / 2; }
int baseline(int size) { return size * 11 / 10; }

std::string valid(std::string_view text) {
  gchar* made = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out(made);
  g_free(made);
  return out;
}

}  // namespace

struct Typesetter::Impl {
  FontMap fonts{pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT)};
  Context context{pango_font_map_create_context(fonts.get())};
  std::unordered_map<std::string, Mask> kept;

  Mask make(std::string_view text, Type type, int longest) const;
};

Typesetter::Typesetter() : impl_(std::make_unique<Impl>()) {
  // As the dots are: twice as fine as on the screens that hinting was made for.
  pango_cairo_context_set_resolution(impl_->context.get(), 192);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(impl_->context.get(), options);
  cairo_font_options_destroy(options);
}

Typesetter::~Typesetter() = default;

Mask Typesetter::Impl::make(std::string_view text, Type type, int longest) const {
  const Font font(pango_font_description_new());
  pango_font_description_set_family_static(font.get(), "sans-serif");
  pango_font_description_set_absolute_size(font.get(), type.size * PANGO_SCALE);
  pango_font_description_set_weight(font.get(),
                                    type.weight == Weight::bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  const Layout layout(pango_layout_new(context.get()));
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_auto_dir(layout.get(), FALSE);
  const std::string shown = valid(text);
  pango_layout_set_text(layout.get(), shown.data(), static_cast<int>(shown.size()));
  pango_layout_set_width(layout.get(), std::min(longest > 0 ? longest : kWidest, kWidest) * PANGO_SCALE);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  PangoRectangle size;
  pango_layout_get_pixel_extents(layout.get(), nullptr, &size);

  Mask mask;
  mask.width = std::clamp(size.width, 0, kWidest);
  mask.height = line_height(type.size);
  mask.cover.resize(static_cast<std::size_t>(mask.width) * static_cast<std::size_t>(mask.height));
  if (mask.cover.empty()) return mask;
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, mask.width, mask.height));
  const Pen pen(cairo_create(surface.get()));
  // In whole dots, so that a letter looks the same wherever it stands.
  const int own_baseline = pango_layout_get_baseline(layout.get()) / PANGO_SCALE;
  cairo_translate(pen.get(), -size.x, baseline(type.size) - own_baseline);
  pango_cairo_show_layout(pen.get(), layout.get());
  cairo_surface_flush(surface.get());
  const unsigned char* from = cairo_image_surface_get_data(surface.get());
  if (from == nullptr) return mask;  // there is no memory for it: the text is left out
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int line = 0; line < mask.height; ++line) {
    std::copy_n(from + static_cast<std::ptrdiff_t>(line) * stride, mask.width,
                mask.cover.begin() + static_cast<std::ptrdiff_t>(line) * mask.width);
  }
  return mask;
}

bool Typesetter::can_set(std::string_view text) const {
  const Layout layout(pango_layout_new(impl_->context.get()));
  const std::string shown = valid(text);
  pango_layout_set_text(layout.get(), shown.data(), static_cast<int>(shown.size()));
  return pango_layout_get_unknown_glyphs_count(layout.get()) == 0;
}

const Mask& Typesetter::set(std::string_view text, Type type, int longest) {
  const std::string key = fmt::format("{} {} {} {}", type.size, static_cast<int>(type.weight), longest, text);
  const auto found = impl_->kept.find(key);
  if (found != impl_->kept.end()) return found->second;
  if (impl_->kept.size() >= kMostKept) impl_->kept.clear();
  return impl_->kept.emplace(key, impl_->make(text, type, longest)).first->second;
}

}  // namespace milter_manager::log_analyzer

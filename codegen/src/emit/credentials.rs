//! Where the vendor's own tools keep credentials, as tables.

use proc_macro2::TokenStream;
use quote::quote;

use super::tables::{option, pairs, template, texts, wants};
use crate::model::{EnvCredentials, Layout, Service, Tool, ToolFile};

/// The variables.
pub fn variables(service: &Service) -> TokenStream {
    let sources = service.credentials.iter().map(|source| {
        let EnvCredentials { access_key, secret, unless_profile, .. } = source;
        let token = option(source.token.as_ref());
        let settings =
            pairs(source.settings.iter().map(|(name, variable)| (name.as_str(), variable.as_str())));
        quote! {
            EnvCredentials {
                access_key: #access_key,
                secret: #secret,
                token: #token,
                settings: #settings,
                unless_profile: #unless_profile,
            }
        }
    });
    quote!(&[#(#sources),*])
}

/// The tools with their files.
pub fn tools(service: &Service) -> TokenStream {
    let tools = service.tools.iter().map(tool);
    quote!(&[#(#tools),*])
}

fn tool(tool: &Tool) -> TokenStream {
    let name = &tool.name;
    let profile = option(tool.profile.as_ref().map(|profile| {
        let words = [&profile.env, &profile.file, &profile.active, &profile.default];
        let [env, file, active, default] = words.map(|word| option(word.as_ref()));
        quote!(ProfileChoice { env: #env, file: #file, active: #active, default: #default })
    }));
    let files = tool.files.iter().map(file);
    quote!(Tool { name: #name, profile: #profile, files: &[#(#files),*] })
}

fn file(file: &ToolFile) -> TokenStream {
    let paths = file.paths.iter().map(template);
    let env = option(file.env.as_ref());
    let layout = match &file.layout {
        Layout::Json => quote!(Layout::Json),
        Layout::Rows(key) => quote!(Layout::Rows(#key)),
        Layout::Ini { section, default, percent } => {
            let (section, default) = (template(section), option(default.as_ref()));
            quote!(Layout::Ini { section: #section, default: #default, percent: #percent })
        }
    };
    let fields = file.fields.iter().map(|(name, places)| {
        let places = places.iter().map(|keys| texts(keys));
        quote!((#name, &[#(#places),*]))
    });
    let ignore = file.ignore.iter().map(|(name, values)| {
        let values = texts(values);
        quote!((#name, #values))
    });
    let refuse = file.refuse.iter().map(|refusal| {
        let doc = &refusal.doc;
        let when = refusal.when.iter().map(|(keys, wanted)| {
            let (keys, wanted) = (texts(keys), wants(wanted));
            quote!((#keys, #wanted))
        });
        quote!(Refusal { when: &[#(#when),*], doc: #doc })
    });
    quote! {
        ToolFile {
            paths: &[#(#paths),*],
            env: #env,
            layout: #layout,
            fields: &[#(#fields),*],
            ignore: &[#(#ignore),*],
            refuse: &[#(#refuse),*],
        }
    }
}
